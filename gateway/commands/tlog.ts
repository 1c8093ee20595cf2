// `sluis tlog …`: does any RFC 6962 proof or C2SP note hold, also another log's? From stdin, without database.
import { readHash } from '../audit/base64.ts'
import { BadEvidence, readSize, readVkey, verifyNote } from '../audit/checkpoint.ts'
import { holdsConsistency, holdsInclusion } from '../audit/tree-proof.ts'
import { type Command, readArguments } from './command.ts'
import { judge, readKey, readUtf8 } from './evidence.ts'

export const commands: readonly Command[] = [
  {
    name: 'tlog verify-inclusion',
    usage: '[--json] < {leafIdx,treeSize,root,leafHash,proof}',
    async run(args, io) {
      const { values } = readArguments(args, {})
      const input = await io.stdin()
      return judge(io, values.json, async () => {
        const claim = readClaim(input)
        const index = sizeOf(claim, 'leafIdx')
        const size = sizeOf(claim, 'treeSize')
        const [root, leaf] = [hashOf(claim, 'root'), hashOf(claim, 'leafHash')]
        if (!holdsInclusion({ index, size, root, leaf, proof: proofOf(claim) })) {
          throw new BadEvidence('het bewijs klopt niet')
        }
        return { members: {}, tekst: `de regel staat op plaats ${index} in de boom` }
      })
    },
  },
  {
    name: 'tlog verify-consistency',
    usage: '[--json] < {size1,size2,root1,root2,proof}',
    async run(args, io) {
      const { values } = readArguments(args, {})
      const input = await io.stdin()
      return judge(io, values.json, async () => {
        const claim = readClaim(input)
        const [size1, size2] = [sizeOf(claim, 'size1'), sizeOf(claim, 'size2')]
        const [root1, root2] = [hashOf(claim, 'root1'), hashOf(claim, 'root2')]
        if (!holdsConsistency({ size1, size2, root1, root2, proof: proofOf(claim) })) {
          throw new BadEvidence('het bewijs klopt niet')
        }
        return { members: {}, tekst: `de boom van ${size2} begint met de boom van ${size1}` }
      })
    },
  },
  {
    name: 'tlog verify-note',
    usage: '--key <vkey> [--json] < notitie',
    async run(args, io) {
      const { values } = readArguments(args, { key: { type: 'string' } })
      const input = await io.stdin()
      return judge(io, values.json, async () => {
        const key = readVkey(await readKey(values.key))
        const tekst = verifyNote(readUtf8(input), key)
        return { members: { naam: key.name, tekst }, tekst: `ondertekend door ${key.name}` }
      })
    },
  },
]

type Claim = Readonly<Record<string, unknown>>

/** Numbers stay text: a double cannot hold 2^64-1. */
function readClaim(bytes: Buffer): Claim {
  let value: unknown
  try {
    value = JSON.parse(readUtf8(bytes), (_name, member, context?: { source?: string }) =>
      typeof member === 'number' ? String(context?.source) : member,
    )
  } catch (error) {
    throw new BadEvidence('dit is geen JSON', { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadEvidence('dit is geen JSON-object')
  }
  return value as Claim
}

function sizeOf(claim: Claim, name: string): bigint {
  const value = claim[name]
  if (typeof value !== 'string') throw new BadEvidence(`${name} ontbreekt of is geen getal`)
  return readSize(value)
}

function hashOf(claim: Claim, name: string): Buffer {
  return hashIn(claim[name], name)
}

function hashIn(value: unknown, name: string): Buffer {
  const hash = typeof value === 'string' ? readHash(value) : undefined
  if (!hash) throw new BadEvidence(`${name} is geen SHA-256-hash in base64`)
  return hash
}

function proofOf({ proof }: Claim): Buffer[] {
  if (proof === null || proof === undefined) return []
  if (!Array.isArray(proof)) throw new BadEvidence('proof is geen lijst')
  return proof.map(hash => hashIn(hash, 'proof'))
}
