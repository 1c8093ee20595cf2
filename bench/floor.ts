// Row a: the barest Express 5 + mutual TLS server, answering a fixed body of the gateway's size.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import express from 'express'
import { announce, benchTls, fixedAnswer } from './support.ts'

const app = express()
app.use(express.json())
const answer = fixedAnswer()
app.post('/v1/uitwisselingen/:uitwisseling/_zoek', (_request, response) => {
  response.type('application/json').send(answer)
})
announce(createServer(benchTls(readFileSync), app))
