// What does a person who waits see, and what does a pipe or a program never see?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openProgress, type Terminal } from '../../gateway/commands/progress.ts'

function watched(terminal?: Terminal, silent?: boolean) {
  let now = 0
  let said = ''
  const place = {
    err: (text: string) => {
      said += text
    },
    clock: () => now,
    ...(terminal && { terminal }),
  }
  const progress = openProgress(place, { label: 'gewoon', unit: 'regels', silent })
  return {
    progress,
    at(ms: number, done: number, total?: number): string {
      now = ms
      said = ''
      progress.at(done, total)
      return said
    },
    ended(): string {
      said = ''
      progress[Symbol.dispose]()
      return said
    },
  }
}

const wipe = '\r\u001b[2K'

test('on a terminal one line is rewritten, at most ten times a second, and nothing of it stays', () => {
  const { at, ended } = watched({ columns: 120 })
  assert.equal(
    at(1_000, 250, 1_000),
    `${wipe}gewoon: 250 van 1.000 regels  25%  nog 3 s  250 per seconde  [${'='.repeat(10)}${' '.repeat(30)}]`,
  )
  assert.equal(at(1_099, 300, 1_000), '', 'too soon')
  assert.notEqual(at(1_100, 300, 1_000), '')
  assert.match(at(3_000, 1_000, 1_000), /100% {2}nog 0 s .*\[={40}\]$/)
  assert.equal(ended(), wipe)
  assert.equal(ended(), '', 'once is enough')
})

test('a line never reaches the last column, however narrow the terminal: the bar goes first, what is done stays', () => {
  for (let columns = 0; columns < 140; columns += 1) {
    const line = watched({ columns }).at(1_000, 123_456, 1_000_000).slice(wipe.length)
    assert.ok(line.length < Math.max(columns, 1), `${columns}: ${line}`)
    if (columns > 45) assert.match(line, /^gewoon: 123\.456 van 1\.000\.000 regels/)
    if (columns < 55) assert.ok(!line.includes('['), line)
    if (columns > 90) assert.match(line, /per seconde {2}\[=+ +\]$/)
  }
})

test('what has no known end has a count and a rate, and no bar, share or remaining time', () => {
  const { at } = watched({ columns: 100 })
  assert.equal(at(2_000, 500), `${wipe}gewoon: 500 regels  250 per seconde`)
  assert.equal(
    watched({ columns: 100 }).at(0, 0, 0),
    `${wipe}gewoon: 0 van 0 regels  0 per seconde  [${'='.repeat(40)}]`,
  )
})

test('in a pipe there is a plain line every ten seconds and no bar, and for a program nothing', () => {
  const { at, ended } = watched()
  assert.equal(at(9_999, 900, 6_000), '')
  assert.equal(
    at(10_000, 1_000, 6_000),
    'gewoon: 1.000 van 6.000 regels, 16%, nog 50 s, 100 per seconde\n',
  )
  assert.equal(at(19_999, 2_000, 6_000), '')
  assert.match(at(20_000, 2_000, 2_000_000), /nog 5 uur 33 min/)
  assert.equal(ended(), '')
  const silent = watched({ columns: 100 }, true)
  assert.equal(silent.at(60_000, 5, 10) + silent.ended(), '')
})

test('work that is taken up again has the rate of what it does itself', () => {
  let said = ''
  let now = 0
  const place = {
    err: (text: string) => (said += text),
    clock: () => now,
    terminal: { columns: 90 },
  }
  using progress = openProgress(place, { label: 'x', unit: 'regels' }, 1_000)
  now = 1_000
  progress.at(1_010, 1_020)
  assert.match(said, /nog 1 s {2}10 per seconde/)
})
