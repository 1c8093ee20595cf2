// Row d: what people write by hand: Express, jose per request, a casbin check, one INSERT per request.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { env } from 'node:process'
import { newEnforcer, newModelFromString } from 'casbin'
import express from 'express'
import { importSPKI, jwtVerify } from 'jose'
import pg from 'pg'
import { announce, benchTls, fixedAnswer } from './support.ts'

const model = newModelFromString(`
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
`)
const enforcer = await newEnforcer(model)
for (let i = 0; i < 50; i++) await enforcer.addPolicy(`partij-${i}`, `uitwisseling-${i}`, 'zoek')
await enforcer.addPolicy('gemeente-waterstad', 'uwv-inkomsten-bijstand', 'zoek')

const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 10 })
await pool.query(
  'create table if not exists toegang (op timestamptz, wie text, wat text, velden text)',
)
const key = await importSPKI(env.BENCH_JWT_KEY ?? '', 'ES256')
const answer = fixedAnswer()

const app = express()
app.use(express.json())
app.post('/v1/uitwisselingen/:uitwisseling/_zoek', async (request, response) => {
  const token = (request.get('authorization') ?? '').slice('Bearer '.length)
  const { payload } = await jwtVerify(token, key)
  const { uitwisseling } = request.params
  if (!(await enforcer.enforce(payload.sub, uitwisseling, 'zoek'))) {
    response.status(403).end()
    return
  }
  await pool.query('insert into toegang values (now(), $1, $2, $3)', [
    payload.sub,
    uitwisseling,
    request.body.velden.join(','),
  ])
  response.type('application/json').send(answer)
})
announce(createServer(benchTls(readFileSync), app))
