// Can this Node run Sluis? Every script of package.json asks first, in JavaScript any Node parses.
const [major, minor] = process.versions.node.split('.').map(Number)

// 24.2 is the first with type stripping, `await using` and import.meta.main.
if (major < 24 || (major === 24 && minor < 2)) {
  process.stderr.write(
    `Sluis needs Node 24.2 or newer; this is ${process.versions.node}. On Linux (x64, arm64) npm brings the right one: start it with npm, after npm ci.\n`,
  )
  process.exit(1)
}
