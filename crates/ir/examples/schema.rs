//! Prints the contract's JSON schema: `cargo run -p voyant-ir --example schema`.

fn main() {
    println!("{}", voyant_ir::schema());
}
