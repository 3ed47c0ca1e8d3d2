// A real OpenID Connect provider for tests. It signs in whoever it was told last, without asking anything.
import http from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const redirect = process.env.REDIRECT;
const secret = process.env.SECRET;
// Who signs in next, and with what; POST /control changes it.
const told = { account: 'u-1', email: 'anna@birch.example', groups: [], acr: undefined };
let number = 0;
let provider;

function key(alg) {
  number += 1;
  const pair = alg === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...pair.privateKey.export({ format: 'jwk' }), kid: `key-${number}`, use: 'sig', alg };
}

// Whoever starts this reads one line and then no more.
process.stdout.on('error', () => {});

// Another key, and only that one, signs from now on.
function begin(issuer, alg) {
  provider = new Provider(issuer, {
    clients: [{
      client_id: 'waxwing',
      client_secret: secret,
      redirect_uris: [redirect],
      id_token_signed_response_alg: alg,
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    jwks: { keys: [key(alg)] },
    cookies: { keys: ['for tests only'] },
    scopes: ['openid', 'email', 'groups'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'], acr: null, auth_time: null },
    acrValues: ['mfa'],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: told.email, email_verified: true, groups: told.groups }),
    }),
  });
}

async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: told.account, ...(told.acr && { acr: told.acr }) };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

async function control(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { alg, ...change } = JSON.parse(Buffer.concat(parts).toString());
  Object.assign(told, change);
  if (alg) begin(provider.issuer, alg);
  response.writeHead(204).end();
}

const server = http.createServer((request, response) => {
  const handled = request.url === '/control' ? control(request, response)
    : request.url.startsWith('/interaction/') ? interact(request, response)
      : provider.callback()(request, response);
  Promise.resolve(handled).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(0, '127.0.0.1', () => {
  begin(`http://127.0.0.1:${server.address().port}`, 'RS256');
  console.log(provider.issuer);
});
