// Turns the templates of index.html into examples: fills in icons, pictures and stand-in videos, and puts calls into
// shadow roots as the widget does. With `?page=name` it shows one example as a page of its own.
const svg = (box, inner, extra = "") => `<svg viewBox="0 0 ${box} ${box}" aria-hidden="true"${extra}>${inner}</svg>`;
const icon = (name, extra = "") => svg(24, `<path fill-rule="evenodd" d="${ICONS[name]}"/>`, ` class="mc-icon ${extra}"`);

// The same choice as src/ui/picture.rs.
function picture(name) {
  let hash = 0x811c9dc5;
  for (const letter of name.trim().toLowerCase()) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  hash = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ (hash >>> 12)) >>> 0;
  const [ground, glow] = COLOURS[hash % COLOURS.length];
  const pattern = PATTERNS[(hash >>> 16) % PATTERNS.length];
  const letter = name.match(/[\p{L}\p{N}]/u)?.[0].toUpperCase() ?? "?";
  return svg(48, `<rect width="48" height="48" fill="${ground}"/><path fill="${glow}" fill-opacity=".5" d="${pattern}"/>`
    + `<text x="24" y="33.5" stroke="${ground}">${letter}</text>`);
}

function fill(root) {
  for (const slot of root.querySelectorAll("i-c")) slot.outerHTML = icon(slot.getAttribute("n"), slot.className);
  for (const slot of root.querySelectorAll("[data-name]")) slot.innerHTML = picture(slot.dataset.name);
  for (const video of root.querySelectorAll("video")) video.poster = `scene-${video.dataset.scene}.svg`;
  return root;
}

function example(template, into) {
  const content = fill(template.content.cloneNode(true));
  if (!template.hasAttribute("data-widget")) return into.append(content);
  const place = document.createElement("div");
  place.className = "im-calls";
  const host = place.appendChild(document.createElement("div"));
  const shadow = host.attachShadow({ mode: "open" });
  shadow.innerHTML = `<link rel="stylesheet" href="../../styles/calls.css"><div class="mc"></div>`;
  shadow.lastChild.append(content);
  into.append(place);
}

const page = new URLSearchParams(location.search).get("page");
if (page) {
  document.body.className = "mc im";
  const names = page.split(",");
  const templates = names.map((name) => document.getElementById(name));
  document.body.replaceChildren();
  for (const template of templates) example(template, document.body);
} else {
  document.body.className = "gallery";
  for (const template of document.querySelectorAll("template:not([data-page])")) {
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption>${template.title}</figcaption>`;
    if (template.dataset.width) figure.style.width = template.dataset.width;
    example(template, figure);
    template.after(figure);
  }
  for (const frame of document.querySelectorAll("iframe")) {
    const [width, height] = frame.dataset.size.split("x");
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption>${frame.title}</figcaption>`;
    frame.replaceWith(figure);
    figure.append(frame);
    Object.assign(frame, { width, height, src: `index.html?page=${frame.dataset.show}` });
  }
  document.getElementById("icons").innerHTML = Object.keys(ICONS).map((name) => `<span class="pictogram">${icon(name)}${name}</span>`).join("");
}
