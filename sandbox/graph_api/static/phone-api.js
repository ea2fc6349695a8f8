// Talks with the sandbox server. Knows no DOM.

async function json(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error((body.errors ?? [`HTTP ${answer.status}`]).join("; "));
  return body;
}

function post(path, body) {
  return json(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

export function directory(numberId) {
  return json(`/phone/directory?phone_number_id=${encodeURIComponent(numberId)}`);
}

export function chat(numberId, contact, version) {
  const asked = new URLSearchParams({ phone_number_id: numberId, contact, version });
  return json(`/phone/state?${asked}`);
}

export function wire() {
  return json("/phone/log");
}

// `message` has the fields of InboundMessage (sandbox/graph_api/inbound.py).
export function write(numberId, customer, message) {
  return post("/control/inbound", { phone_number_id: numberId, customer, messages: [message] });
}

export function setWindow(numberId, contact, open) {
  return post("/control/window", { phone_number_id: numberId, contact, open, pin: !open });
}

export async function upload(file) {
  const path = `/phone/media?filename=${encodeURIComponent(file.name)}`;
  return json(path, { method: "POST", headers: { "Content-Type": file.type }, body: file });
}
