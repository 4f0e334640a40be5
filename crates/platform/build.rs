//! Lists the migrations, which are compiled into the program: `(version, description, SQL)`.

use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../migrations").canonicalize()?;
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<_> = std::fs::read_dir(&folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "sql"));
    files.sort();
    let mut code = String::from("&[\n");
    for file in files {
        let name = file.file_stem().and_then(|n| n.to_str()).ok_or("a migration's name is not text")?;
        let (version, description) = name.split_once('_').ok_or("a migration is named <number>_<description>.sql")?;
        let version: i64 = version.parse()?;
        writeln!(code, "    ({version}, {description:?}, include_str!({:?})),", file.display().to_string())?;
    }
    code.push_str("]\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("migrations.rs"), code)?;
    Ok(())
}
