// Trusted Types: where the browser enforces them, a script or a worker may only come from the page's own host, and
// no text becomes markup or code. Imported for its effect, before anything starts a worker.

interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown
}

/** What the policy named "default" lets through: `url` itself when it is of this origin; a TypeError otherwise. */
function ownScript(url: string): string {
  // A frame without an origin may start workers from blobs alone; what these import is held by script-src.
  const ownBlob = self.origin === 'null' && url.startsWith('blob:null/')
  if (!ownBlob && new URL(url, self.location.href).origin !== self.location.origin) {
    throw new TypeError(`A script of another origin was refused: ${url}`)
  }
  return url
}

const factory: PolicyFactory | undefined = Reflect.get(globalThis, 'trustedTypes')
factory?.createPolicy('default', { createScriptURL: ownScript })
