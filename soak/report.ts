// How does a campaign tell where it is? Lines that stay, and how far it is, for a progress bar.

/** Of the whole run; a test that only keeps the lines gives a plain function. */
export type Report = ((line: string) => void) & {
  readonly at?: (done: number, of: number) => void
}
