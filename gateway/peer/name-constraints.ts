// Does every name in a path stay within what its issuers may name? RFC 5280 §4.2.1.10, §6.1.3 (b), (c).
import { bounds } from './bounds.ts'
import { type Der, inside, tags } from './der.ts'
import {
  asDirectory,
  asMail,
  isReadable,
  isWithin,
  type Named,
  readGeneralName,
  touches,
} from './general-name.ts'
import { notAdmitted } from './reason.ts'
import { type Certificate, isSelfIssued } from './trust.ts'
import { extensionIds, extensionOf } from './usage.ts'

interface Constraints {
  readonly permitted: readonly Named[]
  readonly excluded: readonly Named[]
}

/**
 * @param path leaf first, anchor last: what an anchor says of itself counts too (RFC 5937 §3.2)
 * @throws Problem for a constraint that cannot be read: ignoring it would widen an authority
 */
export function withinConstraints(path: readonly Certificate[]): boolean {
  const constraints = path.map(readConstraints)
  if (constraints.every(one => one === undefined)) return true
  return path.every((certificate, place) => {
    // An authority that renews its own key does not bind itself (§6.1.3 (b)).
    if (place > 0 && isSelfIssued(certificate)) return true
    const above = constraints.slice(place + 1).filter(one => one !== undefined)
    return above.length === 0 || namesOf(certificate).every(name => above.every(allows(name)))
  })
}

function allows(name: Named): (constraints: Constraints) => boolean {
  return ({ permitted, excluded }) => {
    const same = permitted.filter(base => base.form === name.form)
    try {
      return (
        !excluded.some(base => base.form === name.form && touches(name, base)) &&
        (same.length === 0 || same.some(base => isWithin(name, base)))
      )
    } catch (error) {
      if (error instanceof RangeError) return false // a name that is none of its form is in no subtree
      throw error
    }
  }
}

/** Subject, subjectAltName, and a mail address in the subject, where older certificates have it. */
function namesOf(certificate: Certificate): Named[] {
  const { subject } = certificate
  const mails = subject.attributes.filter(({ type }) => type === emailAddress)
  const value = extensionOf(certificate, extensionIds.subjectAltName)
  const alternatives = value ? inside(value) : []
  if (alternatives.length > bounds.names) throw notAdmitted('certificaat-te-groot')
  return [
    ...(subject.parts.length > 0 ? [asDirectory(subject)] : []),
    ...mails.map(({ text }) => asMail(text)),
    ...alternatives.map(readGeneralName),
  ]
}

const emailAddress = '1.2.840.113549.1.9.1'
const permittedSubtrees = tags.explicit0
const excludedSubtrees = 0xa1

function readConstraints(certificate: Certificate): Constraints | undefined {
  const value = extensionOf(certificate, extensionIds.nameConstraints)
  if (value === undefined) return undefined
  const trees = inside(value)
  const known = trees.every(({ tag }) => tag === permittedSubtrees || tag === excludedSubtrees)
  if (!known || trees.length === 0) throw notAdmitted('extensie-onbekend')
  const [permitted = [], excluded = []] = [permittedSubtrees, excludedSubtrees].map(tag =>
    trees.filter(tree => tree.tag === tag).flatMap(tree => inside(tree, tag)),
  )
  if (permitted.length + excluded.length > bounds.subtrees) {
    throw notAdmitted('certificaat-te-groot')
  }
  return { permitted: permitted.map(readBase), excluded: excluded.map(readBase) }
}

/** minimum and maximum are not used in this profile (§4.2.1.10); with one of them we read too little. */
function readBase(subtree: Der): Named {
  const [base, ...range] = inside(subtree)
  if (base === undefined || range.length > 0 || !isReadable(base.tag)) {
    throw notAdmitted('extensie-onbekend')
  }
  return readGeneralName(base)
}
