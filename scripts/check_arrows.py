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
SQL = re.compile(r"\b(fetch_all|fetch_one|fetch_optional|fetch_scalar|execute|insert_rows|fetch_all_where|fetch_scalar_where)!|\bsqlx::query")
# Demo data is written as it is invented.
WITH_SQL = ("store", "demo", "demo.rs")
problems = []
root = pathlib.Path(__file__).resolve().parent.parent

for manifest in [*root.glob("crates/*/Cargo.toml"), *(root / c / "Cargo.toml" for c in ("app", "frontend", "server"))]:
    crate = tomllib.loads(manifest.read_text())
    name = crate["package"]["name"]
    extra = (set(crate.get("dependencies", {})) & set(ALLOWED)) - ALLOWED.get(name, set())
    if name not in ALLOWED or extra:
        problems.append(f"{name} may not depend on {', '.join(sorted(extra)) or '(unknown crate)'}")

business = [s for s in root.glob("crates/leads/src/**/*.rs") if s.relative_to(root / "crates/leads/src").parts[0] not in WITH_SQL]
for source in [*root.glob("app/src/**/*.rs"), *root.glob("server/src/**/*.rs"), *business]:
    if SQL.search(source.read_text()):
        problems.append(f"{source.relative_to(root)}: SQL belongs in a business crate's store")
for source in root.glob("crates/*/src/**/*.rs"):
    if "axum" in source.read_text():
        problems.append(f"{source.relative_to(root)}: a business crate does not know HTTP")

print("\n".join(problems), file=sys.stderr)
sys.exit(bool(problems))
