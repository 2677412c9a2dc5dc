// Messenger Calls for any page: `mount(element, options)` puts the call widget into an element.
// This name is stable; the files behind it carry a hash of their content and may be cached for ever.
import init, { mount as mountWidget } from './__GLUE__';

const home = new URL('.', import.meta.url);
let loaded;

export async function mount(element, options = {}) {
  loaded ??= init({ module_or_path: new URL('./__WASM__', import.meta.url) });
  await loaded;
  return mountWidget(element, {
    ...options,
    assets: options.assets ?? home.href,
    server: options.server ?? home.origin,
  });
}
