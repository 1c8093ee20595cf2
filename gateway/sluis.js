#!/usr/bin/env node
// How does `npx sluis` begin? With the question which Node this is, in JavaScript that any Node parses.
import './runtime.js'

const { main } = await import('./sluis.ts')
await main()
