// What the person sees: one page to sign in, one for the device code. Plain forms, no script.
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<style>body{font-family:sans-serif;max-width:32em;margin:4em auto;line-height:1.5}button{font-size:1em;padding:.5em 1.5em;margin-right:1em}</style>
</head><body><h1>${title}</h1>${body}</body></html>`;

function send(response, html, status = 200) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(html);
}

const buttons = '<button name="decision" value="approve">Approve</button><button name="decision" value="deny">Deny</button>';

export async function handleInteraction(provider, request, response, settings, form) {
  const details = await provider.interactionDetails(request, response);
  const { client_id: clientId, scope } = details.params;
  if (request.method !== 'POST' && settings.login !== 'auto') {
    return send(response, page('Sign in', `<p><b>${escape(clientId)}</b> asks for: ${escape(scope)}</p>
<form method="post"><p>You are <b>alice</b>.</p>${buttons}</form>`));
  }
  if (form.decision === 'deny') {
    const result = { error: 'access_denied', error_description: 'The person said no' };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: 'alice', clientId });
  grant.addOIDCScope(scope);
  return provider.interactionFinished(request, response, { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } });
}

export function handleDevicePage(response, request, url, form, decisions) {
  if (request.method === 'POST') {
    decisions.set(String(form.user_code).replaceAll('-', ''), form.decision === 'approve' ? 'approve' : 'deny');
    return send(response, page('Thank you', '<p>You can return to your terminal.</p>'));
  }
  const code = escape(url.searchParams.get('user_code') ?? '');
  return send(response, page('Connect a device', `<form method="post"><p>Code: <input name="user_code" value="${code}"></p>${buttons}</form>`));
}
