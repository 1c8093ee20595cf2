// Under which role does the gateway use the database? Makes it, or gives it another password; `db migrate` gives it rights.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { readStorePlace } from '../config.ts'
import { openStore } from '../store.ts'
import { type Command, readArguments, UsageError } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'db role',
    usage: '<rol> --pgpass <bestand> [--json]',
    async run(args, io) {
      const { values, positionals } = readArguments(args, { pgpass: { type: 'string' } }, 1)
      const [role = ''] = positionals
      if (!/^[a-z_][a-z0-9_]{0,62}$/.test(role)) {
        throw new UsageError('een rol heeft een naam van kleine letters, cijfers en _')
      }
      if (!values.pgpass)
        throw new UsageError('--pgpass ontbreekt: een bestand met haar wachtwoord')
      const secret = scram(passwordOf(await readFile(values.pgpass, 'utf8'), role))
      const { url, dataDir } = readStorePlace(io.env)
      const owner = io.env.DATABASE_MIGRATE_URL || url
      if (!owner)
        throw new Error('de ingebouwde database kent geen rollen: zet DATABASE_MIGRATE_URL')
      await using store = await openStore({ url: owner, dir: dataDir })
      const [known] = await store.query<{ self: boolean }>(
        'SELECT rolname = current_user AS self FROM pg_roles WHERE rolname = $1',
        [role],
      )
      if (known?.self) throw new UsageError('de eigenaar is niet de rol van de gateway')
      await store.query(`${known ? 'ALTER' : 'CREATE'} ROLE "${role}" LOGIN NOSUPERUSER NOCREATEDB
        NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '${secret}'`)
      const what = known ? 'heeft een ander wachtwoord' : 'is gemaakt'
      io.out(
        values.json
          ? `${JSON.stringify({ rol: role, gemaakt: !known })}\n`
          : `${role} ${what}. Geef rechten met: db migrate\n`,
      )
      return 0
    },
  },
]

/** The password of this role in a file as libpq reads it: host:port:database:user:password. */
function passwordOf(text: string, role: string): string {
  for (const line of text.split('\n')) {
    const [, , , user, password] = line.match(/(?:\\.|[^:\\])+/g) ?? []
    if (user === role && password) return password.replaceAll(/\\(.)/g, '$1')
  }
  throw new UsageError('in dat bestand staat geen wachtwoord van deze rol')
}

/** RFC 5803: the server gets what it can check a password with, and its log never the password. */
function scram(password: string): string {
  if (!/^[!-~]{16,}$/.test(password)) {
    throw new UsageError('een wachtwoord heeft minstens 16 tekens, zonder spaties en accenten')
  }
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const server = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${stored}:${server}`
}
