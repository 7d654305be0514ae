// An OpenID provider that speaks as Entra does (tid, oid, roles). Usage: node provider.mjs PORT CLIENT SECRET REDIRECT TENANT
// Whoever signs in is known by the part before the @; the part after it, split at dots, holds the roles.
import Provider from 'oidc-provider';

const [port, client_id, client_secret, redirect, tid] = process.argv.slice(2);

const account = (id) => {
  const [name, domain = ''] = id.split('@');
  const [tenant, ...roles] = domain.split('.');
  const claims = { sub: `je-anwendung-${name}`, oid: `oid-${name}`, tid: tenant === 'eigen' ? tid : 'fremd', name, roles };
  return { accountId: id, claims: async () => claims };
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    { client_id, client_secret, redirect_uris: [redirect], post_logout_redirect_uris: [new URL('/anmelden', redirect).href], token_endpoint_auth_method: 'client_secret_post' },
    // Access tokens for the API of the person in the scope "als:NAME", without a person in front of it.
    { client_id: 'outlook', client_secret, redirect_uris: [], response_types: [], grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post' },
  ],
  claims: { openid: ['sub', 'oid', 'tid', 'name', 'roles'], profile: [] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  findAccount: async (_context, id) => account(id),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: async () => ({ scope: 'Konversation.Einordnen als:lea', audience: 'schnittstelle', accessTokenTTL: 3600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  extraTokenClaims: async (context, token) => {
    const as = [...(token.scopes || [])].find((scope) => scope.startsWith('als:'));
    return as ? { tid, oid: `oid-${as.slice(4)}`, azp: 'outlook', ver: '2.0' } : undefined;
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
