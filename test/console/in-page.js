// What does a page hold, and where is its focus? Runs inside the browser, so that the tests need no types of one.
globalThis.proef = {
  /** How wide it is: wider than the window makes a reader scroll in two directions (WCAG 1.4.10). */
  width: () => document.documentElement.scrollWidth,

  links: () => [...document.querySelectorAll('main a[href]')].map(({ href }) => href),

  told() {
    const all = [...document.querySelectorAll('*')]
    const ids = all.map(({ id }) => id).filter(Boolean)
    const described = [...document.querySelectorAll('[aria-describedby]')]
    return {
      lang: document.documentElement.lang,
      title: document.title,
      headings: [...document.querySelectorAll('h1')].map(({ textContent }) => textContent),
      scripts: document.scripts.length,
      inline: all.flatMap(({ attributes }) =>
        [...attributes].filter(({ name }) => name === 'style' || name.startsWith('on')),
      ).length,
      elsewhere: [...document.querySelectorAll('a[href]')]
        .map(({ href }) => href)
        .filter(href => !/^https?:/.test(href)),
      twice: ids.filter((id, index) => ids.indexOf(id) !== index),
      untold: described.flatMap(element =>
        element
          .getAttribute('aria-describedby')
          .split(' ')
          .filter(id => !document.getElementById(id)?.textContent),
      ),
      current: document.querySelectorAll('nav [aria-current=page]').length,
    }
  },

  /** Numbers every control in the order of the page. @returns how many there are */
  number() {
    const controls =
      'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
    const all = [...document.querySelectorAll(controls)].filter(
      element =>
        element.checkVisibility() &&
        !element.matches(':disabled') &&
        (element.type !== 'radio' ||
          element === document.querySelector(`[name="${element.name}"]`)),
    )
    for (const [index, element] of all.entries()) element.dataset.tab = String(index)
    return all.length
  },

  focus() {
    const element = document.activeElement
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return {
      tab: Number(element.dataset.tab ?? -1),
      name: element.outerHTML.slice(0, 160),
      visible: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    }
  },

  async axe(tags) {
    const { violations } = await axe.run({ runOnly: tags })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    )
  },
}
