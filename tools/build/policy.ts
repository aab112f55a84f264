// What a browser is told to allow the page; docs/security.md gives the reasons. Said three times over: by a meta tag
// of the built page, by the service worker's answers, which reach workers too, and by `vite preview`.
import type { Plugin } from 'vite'

/** Cross-origin isolation lets the wasm builds use threads; WebGPU works without it. */
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // blob: in frames without an origin, which may start workers from nothing else (src/engine/engine-worker.ts).
  "worker-src 'self' blob:",
  // The hub, where it redirects to, and whatever address a person types; a hub of one's own on this machine has no TLS.
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "object-src 'none'",
  // The preview of an embed.
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  // src/lib/trusted-urls.ts
  'trusted-types default',
].join('; ')

/** As a host that can set headers should send them with every file. */
export const HEADERS = {
  ...ISOLATION,
  // Any page may embed a feature: there is nothing to click here that another page could profit from.
  'Content-Security-Policy': `${CONTENT_POLICY}; frame-ancestors *`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Puts the policy into the built index.html, before anything it has to hold for. The dev server needs inline scripts. */
export function policyTag(): Plugin {
  return {
    name: 'policy-tag',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_POLICY },
        injectTo: 'head-prepend',
      },
      { tag: 'meta', attrs: { name: 'referrer', content: 'no-referrer' }, injectTo: 'head-prepend' },
    ],
  }
}
