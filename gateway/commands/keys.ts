// `sluis keys generate`: are there secrets for every month that a record of today may be destroyed in?
import { generateKeys } from '../audit/keys.ts'
import { readKeysDir } from '../config.ts'
import { type Command, readArguments } from './command.ts'
import { readNumber } from './evidence.ts'

export const commands: readonly Command[] = [
  {
    name: 'keys generate',
    usage: '[--months n] [--json]',
    async run(args, io) {
      const { values } = readArguments(args, { months: { type: 'string' } })
      const months = values.months === undefined ? [] : [readNumber('months', values.months)]
      const made = generateKeys(readKeysDir(io.env), io.clock(), ...months)
      io.out(
        values.json
          ? `${JSON.stringify({ gemaakt: made })}\n`
          : `${made.length} sleutels gemaakt; wat er al was, is gebleven.\n`,
      )
      return 0
    },
  },
]
