// Does the page of a person keep its number to itself over real HTTP, and open to the roles and the session it is for?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleOf } from '../support/console.ts'
import { testGateway } from '../support/gateway.ts'
import { leavesAfter, transactionOf } from '../support/log.ts'
import { findPlanted } from '../support/planted.ts'

const bsn = '999990019'

test('V2: a person is looked up, read, taken along, and no address, header, name of a file or page holds the number', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const given = transactionOf(await gateway.query('gemeente-waterstad', {}))
  const officer = await consoleOf(gateway)
  await officer.get('/betrokkene')

  const body = async (path: string, fields: Readonly<Record<string, string>>) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await officer.get('/betrokkene')).text)?.[1]
    return officer.ask(path, {
      method: 'POST',
      headers: { Origin: officer.address },
      body: new URLSearchParams({ csrf: csrf ?? '', ...fields }),
    })
  }
  const answers: string[] = []
  const kept = async (response: Response) => {
    const head = [...response.headers].map(pair => pair.join(': ')).join('\n')
    answers.push(`${response.status} ${response.url}\n${head}\n${await response.clone().text()}`)
    return response
  }
  const wrong = await kept(
    await body('/betrokkene', { soort: 'NL/bsn', nummer: '999990018', reden: 'x' }),
  )
  assert.equal(wrong.status, 400)
  const found = await kept(
    await body('/betrokkene', { soort: 'NL/bsn', nummer: bsn, reden: 'inzage' }),
  )
  assert.equal(found.status, 303)
  const path = found.headers.get('location') ?? ''
  assert.match(path, /^\/betrokkene\/[\w-]+$/)
  const page = await kept(await officer.ask(path))
  assert.match(await page.clone().text(), new RegExp(given))
  assert.equal(page.headers.get('cache-control'), 'no-store')

  const types: Readonly<Record<string, string>> = {
    pdf: 'application/pdf',
    html: 'text/html; charset=utf-8',
    csv: 'text/csv; charset=utf-8; header=present',
    json: 'application/json; charset=utf-8',
  }
  for (const [vorm, type] of Object.entries(types)) {
    const taken = await kept(await body(path, { vorm }))
    assert.equal(taken.status, 200)
    assert.equal(taken.headers.get('content-type'), type)
    assert.match(
      taken.headers.get('content-disposition') ?? '',
      new RegExp(
        `^attachment; filename="overzicht-verstrekkingen-\\d{4}-\\d\\d-\\d\\d\\.${vorm}"$`,
      ),
    )
  }
  assert.deepEqual(findPlanted([bsn, '999990018'])(answers.join('\n')), [])

  await t.test('the address of one session opens in no other', async () => {
    for (const other of ['po-uwv', 'fg-waterstad']) {
      const stranger = await consoleOf(gateway, other)
      assert.equal((await stranger.get(path)).status, 404, other)
    }
  })

  await t.test(
    'an FG reads and takes along, and decides nothing; others do not come in',
    async () => {
      const fg = await consoleOf(gateway, 'fg-waterstad')
      await fg.get('/betrokkene')
      const own = await fg.post('/betrokkene', { soort: 'NL/bsn', nummer: bsn, reden: 'klacht' })
      assert.equal(own.status, 200)
      assert.ok(own.text.includes(given))
      assert.equal((await fg.post(own.path, { vorm: 'csv' })).status, 200)
      await fg.get(own.path)
      for (const act of ['uitstel', 'doorzending', 'beperking', 'bezwaar']) {
        assert.equal((await fg.post(`${own.path}/${act}`, { regel: given })).status, 403, act)
      }
      const decided = (await leavesAfter(store, -1)).filter(({ soort }) =>
        ['uitstel', 'doorzending', 'beperking', 'bezwaar'].includes(soort),
      )
      assert.deepEqual(decided, [])
      for (const other of ['bf-waterstad', 'tl-waterstad', 'beheer']) {
        const stranger = await consoleOf(gateway, other)
        assert.equal((await stranger.get('/betrokkene')).status, 403, other)
      }
    },
  )
})
