"""Holds the workspace to ARCHITECTURE.md: who may depend on whom, and where SQL and HTTP may stand."""
import pathlib
import re
import sys
import tomllib

ALLOWED = {
    "kernel": set(),
    "platform": {"kernel"},
    "leads": {"kernel", "platform"},
    "app": {"kernel", "platform", "leads"},
    "frontend": {"app"},
    "server": {"kernel", "platform", "leads", "app"},
}
SQL = re.compile(r"\b(fetch_all|fetch_one|fetch_optional|fetch_scalar|execute|fetch_all_where|fetch_scalar_where)!")
problems = []
root = pathlib.Path(__file__).resolve().parent.parent

for manifest in [*root.glob("crates/*/Cargo.toml"), *(root / c / "Cargo.toml" for c in ("app", "frontend", "server"))]:
    crate = tomllib.loads(manifest.read_text())
    name = crate["package"]["name"]
    extra = (set(crate.get("dependencies", {})) & set(ALLOWED)) - ALLOWED.get(name, set())
    if name not in ALLOWED or extra:
        problems.append(f"{name} may not depend on {', '.join(sorted(extra)) or '(unknown crate)'}")

for source in [*root.glob("app/src/**/*.rs"), *root.glob("server/src/**/*.rs")]:
    if SQL.search(source.read_text()):
        problems.append(f"{source.relative_to(root)}: SQL belongs in a business crate's store")
for source in root.glob("crates/*/src/**/*.rs"):
    if "axum" in source.read_text():
        problems.append(f"{source.relative_to(root)}: a business crate does not know HTTP")

print("\n".join(problems), file=sys.stderr)
sys.exit(bool(problems))
