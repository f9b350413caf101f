
const unpacked = id => {
  const packed = document.getElementById(id).textContent.replace(/-/g, '+').replace(/_/g, '/');
  const bytes = Uint8Array.from(atob(packed), digit => digit.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')));
};
const address = (content, type) => URL.createObjectURL(new Blob([content], { type }));
const replaced = (text, from, to) => {
  if (!text.includes(from)) throw new Error(`its script has no ${from}`);
  return text.replace(from, () => to);
};
try {
  let script = await unpacked('baton-js').text();
  if (document.getElementById('baton-later')) {
    const later = address(await unpacked('baton-later').arrayBuffer(), 'application/wasm');
    let loader = replaced(await unpacked('baton-loader').text(), './split_later.wasm', later);
    // Two scripts without a place cannot import each other.
    loader = replaced(loader, 'import { initSync } from "./frontend.js";', 'const initSync = (...all) => window.bindings.initSync(...all);');
    script = replaced(script, './__wasm_split.js', address(loader, 'text/javascript'));
  }
  // Set before the program starts, because it may ask for its second part while it starts.
  window.bindings = await import(address(script, 'text/javascript'));
  await window.bindings.default({ module_or_path: await unpacked('baton-wasm').arrayBuffer() });
} catch (error) {
  document.getElementById('loading').textContent = `This browser cannot open the page: ${error}`;
}
