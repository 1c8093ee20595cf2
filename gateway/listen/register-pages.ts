// Which pages does the public register have, and what does each say? Each is its JSON, and that JSON as a page.
import type { Html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import { page } from './page.ts'
import { controllers, publicContribution, publicProcessorRecord } from './processing.ts'
import { contributionPage, controllersPage, processorPage } from './processing-page.ts'
import { oneExchange, register } from './register.ts'
import { bases, instruments, norms } from './register-law.ts'
import { basesPage, instrumentsPage, normsPage } from './register-law-page.ts'
import { exchangePage, registerPage } from './register-page.ts'
import type { View } from './registered.ts'

interface Shown {
  readonly title: string
  readonly content: object
  readonly body: () => Html
}

interface RegisterPage {
  readonly path: string
  /** @returns undefined for what is not there, and for what is nobody's business: the same */
  readonly show: (view: View, name: string) => Shown | undefined
}

function shown<T extends object>(
  title: string | ((content: T) => string),
  content: T | undefined,
  render: (content: T) => Html,
): Shown | undefined {
  if (content === undefined) return undefined
  return {
    title: typeof title === 'string' ? title : title(content),
    content,
    body: () => render(content),
  }
}

export const registerPages: readonly RegisterPage[] = [
  {
    path: '/register',
    show: view => shown('Register van uitwisselingen', register(view), registerPage),
  },
  {
    path: '/register/uitwisselingen/:naam',
    show: (view, name) =>
      shown(
        ({ uitwisseling }) => `Uitwisseling: ${uitwisseling.titel}`,
        oneExchange(name, view),
        exchangePage,
      ),
  },
  {
    path: '/register/grondslagen',
    show: view => shown('Wetten en artikelen', bases(view), basesPage),
  },
  {
    path: '/register/normen',
    show: view => shown('Normen en codelijsten', norms(view), normsPage),
  },
  {
    path: '/register/instrumenten',
    show: view => shown('Selectie-instrumenten', instruments(view), instrumentsPage),
  },
  {
    path: '/register/verwerkingen',
    show: view => shown('Registers van verwerkingen', controllers(view), controllersPage),
  },
  {
    path: '/register/verwerkingen/:naam',
    show: (view, name) =>
      shown(
        ({ verantwoordelijke }) => `Verwerkingen van ${verantwoordelijke.naam}`,
        publicContribution(name, view),
        contributionPage,
      ),
  },
  {
    path: '/register/verwerker',
    show: view => shown('Register van de verwerker', publicProcessorRecord(view), processorPage),
  },
]

export type MediaType = 'text/html' | 'application/json'

/**
 * The text of a page. It changes with the law and at legal midnight alone, so each is made once a day: anyone
 * may read it, and partners need the same processor. What is not there is not remembered.
 */
export function openRegister(view: () => View) {
  let made = new Map<string, Buffer>()
  let law: PolicySet | undefined
  let today = ''
  return ({ path, show }: RegisterPage, name: string, type: MediaType): Uint8Array | undefined => {
    const seen = view()
    const day = legalDate(seen.now)
    if (seen.law !== law || day !== today) {
      made = new Map()
      law = seen.law
      today = day
    }
    const key = `${type} ${path} ${name}`
    const known = made.get(key)
    if (known) return known
    const found = show(seen, name)
    if (!found) return undefined
    const { title, content, body } = found
    const text = type === 'text/html' ? page(title, body()) : JSON.stringify(content)
    const bytes = Buffer.from(text)
    made.set(key, bytes)
    return bytes
  }
}
