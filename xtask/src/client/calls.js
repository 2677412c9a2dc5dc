// Messenger Calls for any page: `mount(element, options)` puts the call widget into an element.
// This file's name never changes; the files that it loads are named by a hash of their content and can be cached forever.

// The server is where this file was loaded from: its origin, or a path below it.
const home = new URL('.', import.meta.url).href;
let tries = 0;
let glue;
let loading;

async function load() {
  const again = tries++;
  // Browsers may cache a module's failure forever; a different address makes it a different module.
  glue ??= await (again ? import(/* @vite-ignore */ `${home}__GLUE__?try=${again}`) : import('./__GLUE__'));
  const wasm = new URL('./__WASM__', import.meta.url);
  await glue.default({ module_or_path: again ? fetch(wasm, { cache: 'reload' }) : wasm });
}

// Whether the page's policy allows compiling WebAssembly: these eight bytes are the smallest program.
function mayCompile() {
  try {
    return !!new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    return false;
  }
}

function failure(cause) {
  const [code, message] = mayCompile()
    ? ['not_loaded', `The calls could not be loaded from ${home}; the next mount() tries again.`]
    : ['wasm_forbidden', "The page forbids WebAssembly: script-src of its Content-Security-Policy needs 'wasm-unsafe-eval'."];
  return Object.assign(new Error(message, { cause }), { code });
}

export async function mount(element, options = {}) {
  const present = (loading ??= load());
  try {
    await present;
  } catch (cause) {
    // Unless another caller that shared this attempt has already started the next one.
    if (loading === present) loading = undefined;
    throw failure(cause);
  }
  return glue.mount(element, {
    ...options,
    assets: options?.assets ?? home,
    server: options?.server ?? home.slice(0, -1),
  });
}
