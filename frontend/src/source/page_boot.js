
const unpacked = id => {
  const packed = document.getElementById(id).textContent.replace(/-/g, '+').replace(/_/g, '/');
  const bytes = Uint8Array.from(atob(packed), digit => digit.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')));
};
const address = (content, type) => URL.createObjectURL(new Blob([content], { type }));
try {
  let script = await unpacked('baton-js').text();
  if (document.getElementById('baton-later')) {
    const later = address(await unpacked('baton-later').arrayBuffer(), 'application/wasm');
    const loader = (await unpacked('baton-loader').text()).replace(/\.\.\/later-[^"']*\.wasm/, later);
    script = script.replace('./snippets/__wasm_split.js', address(loader, 'text/javascript'));
  }
  const bindings = await import(address(script, 'text/javascript'));
  await bindings.default({ module_or_path: await unpacked('baton-wasm').arrayBuffer() });
  window.wasmBindings = bindings;
} catch (error) {
  document.getElementById('loading').textContent = `This browser cannot open the page: ${error}`;
}
