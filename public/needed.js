// Read before anything else, in words that old browsers understand too: where one lacks what the page cannot do
// without, the page says so and does not begin. Versions: docs/browsers.md.
;(() => {
  const needs = [
    ['light-dark() in style sheets', () => CSS.supports('color', 'light-dark(red, red)')],
    ['Promise.withResolvers', () => 'withResolvers' in Promise],
    ['AbortSignal.any', () => 'any' in AbortSignal],
    ['Intl.Segmenter', () => 'Segmenter' in Intl],
    ['Array.prototype.toSorted', () => 'toSorted' in Array.prototype],
    ['String.prototype.toWellFormed', () => 'toWellFormed' in String.prototype],
    ['DecompressionStream', () => 'DecompressionStream' in window],
    ['OffscreenCanvas', () => 'OffscreenCanvas' in window],
    ['<dialog>', () => 'showModal' in HTMLDialogElement.prototype],
  ]
  const missing = needs
    .filter((need) => {
      try {
        return !need[1]()
      } catch (_) {
        // It does not even know what is asked.
        return true
      }
    })
    .map((need) => need[0])
  const root = document.getElementById('root')
  if (missing.length === 0 || !root) return
  // src/app/main.tsx begins nothing then.
  document.documentElement.setAttribute('data-lacking', '')
  const said = document.createElement('div')
  said.setAttribute('role', 'alert')
  said.style.margin = '2rem'
  const paragraphs = [
    ['h1', 'This browser is too old for Featurescope.'],
    ['p', `It lacks ${missing.join(', ')}.`],
    ['p', 'Chrome and Edge can show the page from version 123 on, Firefox from 125, Safari from 17.5.'],
  ]
  for (const [tag, text] of paragraphs) {
    const element = document.createElement(tag)
    element.textContent = text
    said.appendChild(element)
  }
  root.appendChild(said)
})()
