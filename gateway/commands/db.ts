// Is the database ready for this version? Runs the migrations as the owner, and grants the gateway's role.
import { readStorePlace } from '../config.ts'
import { prepareDatabase } from '../role.ts'
import { openStore } from '../store.ts'
import { type Command, readArguments } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'db migrate',
    usage: '[--json]',
    async run(args, io) {
      const { values } = readArguments(args, {})
      const { url, dataDir } = readStorePlace(io.env)
      const owner = io.env.DATABASE_MIGRATE_URL || url
      await using store = await openStore({ ...(owner && { url: owner }), dir: dataDir })
      const done = await prepareDatabase(store, io.env.DATABASE_MIGRATE_URL ? url : undefined)
      io.out(
        values.json
          ? `${JSON.stringify({ uitgevoerd: done })}\n`
          : done.length > 0
            ? `${done.length} migraties uitgevoerd: ${done.join(', ')}\n`
            : 'De database is al bij.\n',
      )
      return 0
    },
  },
]
