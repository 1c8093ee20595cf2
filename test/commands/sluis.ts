// How do the command tests ask? `sluis` in this process, with its input and output as values.
import { sluis } from '../../gateway/sluis.ts'
import { noon } from '../audit/log.ts'

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function ask(
  args: readonly string[],
  {
    env = {},
    input = '',
    clock = () => noon,
  }: { env?: NodeJS.ProcessEnv; input?: string | Buffer; clock?: () => number } = {},
): Promise<Said> {
  let out = ''
  let err = ''
  const code = await sluis(args, {
    env,
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    stdin: async () => Buffer.from(input),
    clock,
  })
  return { code, out, err }
}
