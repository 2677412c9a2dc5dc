// Finds what a person sees, by role and text, including inside open shadow roots.
// Arguments: the role ('button', 'field', 'text', 'screen' or 'fresh') and the text.
const [role, words] = arguments;

function* everything(root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* everything(element.shadowRoot);
  }
}
const visible = (element) =>
  element.getClientRects().length > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const tidy = (text) => text.replace(/\s+/g, ' ').trim();

// The text of an element, without what is hidden or inside these elements.
const written = (node, without) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || without.includes(node.tagName.toUpperCase())) return '';
  if (node.getAttribute('aria-hidden') === 'true' || node.hidden) return '';
  return [...node.childNodes].map((child) => written(child, without)).join(' ');
};
const silent = ['SVG', 'STYLE', 'SCRIPT', 'INPUT', 'TEXTAREA', 'SELECT'];
// The name of a control, without key hints, remarks and counts beside it.
const beside = [...silent, 'KBD', 'SMALL', 'EM'];
const name = (element) => {
  const label = element.getAttribute('aria-label') ?? [...(element.labels ?? [])].map((one) => written(one, beside)).join(' ');
  const fallback = element.getAttribute('title') || element.getAttribute('placeholder') || '';
  return tidy(label || written(element, beside) || fallback);
};
const kinds = {
  button: 'button, [role=button], [role=tab], [role=menuitem], input[type=submit], summary, a[href]',
  field: 'input, textarea, select',
};

const shown = [...everything(document)].filter(visible);
if (role in kinds) {
  return shown.find((element) => element.matches(kinds[role]) && name(element) === words) ?? null;
}
// What has just appeared ignores presses for a moment.
if (role === 'fresh') return shown.some((element) => element.matches('[data-fresh]'));
// A text is found in the innermost element that contains all of it.
if (role === 'text') {
  const holds = (element) => tidy(written(element, silent)).includes(words);
  const holders = shown.filter(holds);
  return holders.findLast((element) => !holders.some((other) => other !== element && element.contains(other))) ?? null;
}
const lines = shown.map((element) => {
  const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data);
  const text = tidy(own.join(' '));
  if (element.matches(kinds.button)) {
    return `[${name(element)}${element.disabled ? ', disabled' : ''}]`;
  }
  if (element.matches(kinds.field)) return `<${name(element)}: ${element.type === 'password' ? '***' : element.value}>`;
  return element.closest(kinds.button) || ['STYLE', 'SCRIPT', 'OPTION'].includes(element.tagName) ? '' : text;
});
return lines.filter(Boolean).join('\n');
