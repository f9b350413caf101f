//! The command `wasm-bindgen`, which Trunk calls, at the version of `Cargo.lock`.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
