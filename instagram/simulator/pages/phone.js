// The phone page: one customer, one business, one thread. It speaks to the control API under /_sim/ alone.

const byId = (id) => document.getElementById(id);
const view = Object.fromEntries(
  ['customer', 'customers', 'business', 'avatar', 'name', 'about', 'link', 'thread', 'fault', 'composer', 'echo', 'text'].map((id) => [id, byId(id)]),
);
const pollEvery = 1500; // milliseconds
let businesses = [];
let shown = ''; // what the thread shows, so that an unchanged one is not drawn again

async function call(path, body) {
  const options = body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

function complain(error) {
  view.fault.hidden = !error;
  view.fault.textContent = error ? error.message : '';
}

const current = () => businesses.find((b) => b.username === view.business.value);
const handle = () => view.customer.value.trim().replace(/^@/, '');
const query = () => new URLSearchParams({ business: view.business.value, customer: handle() });

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// A picture that lies here is shown; the page may load nothing from elsewhere.
function attached({ type, payload }) {
  const address = URL.canParse(payload?.url) ? new URL(payload.url) : null;
  if (type !== 'image' || !address?.pathname.startsWith('/_sim/media/')) return element('span', 'bubble attachment', `📎 ${type}`);
  const picture = element('img', 'picture', '');
  picture.src = address.pathname;
  picture.alt = 'Picture';
  return picture;
}

function button(text, label, act) {
  const node = element('button', 'act', text);
  node.type = 'button';
  node.setAttribute('aria-label', label);
  node.addEventListener('click', () => guarded(async () => {
    await call('/_sim/acts', act);
    await refresh();
  }));
  return node;
}

// What this customer may do with a message: react to the business's, unsend the own.
function actions(message) {
  const { mid } = message;
  if (!message.echo) return button('Unsend', `Unsend ${message.text ?? 'attachment'}`, { kind: 'unsend', mid });
  const loved = message.reactions?.some((reaction) => reaction.by === 'customer');
  return button(loved ? '💔' : '❤️', loved ? 'Take the heart away' : 'React with a heart', { kind: loved ? 'unreact' : 'react', mid, emoji: '❤️' });
}

function footer(message) {
  const line = element('span', 'foot muted', '');
  const time = element('time', '', new Date(message.at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' }));
  time.dateTime = message.at;
  line.append(time);
  if (message.edits) line.append(element('span', '', 'edited'));
  if (message.seen && !message.echo) line.append(element('span', '', 'seen'));
  for (const { by, emoji } of message.reactions ?? []) line.append(element('span', 'reaction', by === 'business' ? `${emoji} (business)` : emoji));
  if (!message.unsent) line.append(actions(message));
  return line;
}

function bubble(message) {
  const line = element('li', message.echo ? 'theirs' : 'mine', '');
  if (message.unsent) line.append(element('span', 'bubble attachment', 'Message unsent'));
  for (const attachment of message.attachments ?? []) line.append(attached(attachment));
  if (message.text) line.append(element('span', 'bubble', message.text));
  line.append(footer(message));
  return line;
}

function drawHeader() {
  const business = current();
  view.avatar.className = `avatar ${business.colour}`;
  view.avatar.textContent = business.name[0];
  view.name.textContent = business.username;
  view.about.textContent = business.about;
  view.link.textContent = business.subscribed ? 'connected' : 'not connected';
  view.link.className = business.subscribed ? 'state on' : 'state';
}

async function refresh() {
  if (!handle()) return;
  const asked = query().toString();
  const { items } = await call(`/_sim/messages?${asked}`);
  const mark = `${asked} ${JSON.stringify(items)}`;
  if (asked !== query().toString() || mark === shown) return; // late, or nothing new
  shown = mark;
  view.thread.replaceChildren(...items.map(bubble));
  view.thread.scrollTop = view.thread.scrollHeight;
}

async function loadBusinesses() {
  businesses = (await call('/_sim/businesses')).items;
  if (!view.business.options.length) {
    view.business.append(...businesses.map((b) => new Option(b.name, b.username)));
    view.business.value = new URLSearchParams(location.search).get('business') ?? businesses[0].username;
    if (!current()) view.business.value = businesses[0].username;
  }
  drawHeader();
}

async function loadCustomers() {
  const { items } = await call(`/_sim/customers?business=${encodeURIComponent(view.business.value)}`);
  view.customers.replaceChildren(...items.slice(0, 200).map((name) => new Option(name)));
  if (!handle()) view.customer.value = new URLSearchParams(location.search).get('customer') ?? items[0] ?? 'new.customer';
}

async function guarded(work) {
  try {
    await work();
    complain(null);
  } catch (error) {
    complain(error);
  }
}

view.customer.addEventListener('change', () => guarded(refresh));
view.business.addEventListener('change', () => guarded(async () => {
  drawHeader();
  await loadCustomers();
  await refresh();
}));
view.composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = view.text.value.trim();
  if (!text) return;
  void guarded(async () => {
    await call('/_sim/messages', { business: view.business.value, customer: handle(), text, echo: view.echo.checked });
    view.text.value = '';
    await refresh();
  });
});

await guarded(async () => {
  await loadBusinesses();
  await loadCustomers();
  await refresh();
});
setInterval(() => {
  if (!document.hidden) void guarded(async () => { await loadBusinesses(); await refresh(); });
}, pollEvery);
