// Its index warns of every Node that is younger than it; the provider itself is the same there.
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider'
}
