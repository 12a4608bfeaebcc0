// Looks for the device every ten seconds, and opens its page once it answers.

setInterval(async () => {
  try {
    if ((await fetch(location.href, { method: 'HEAD', signal: AbortSignal.timeout(5000) })).ok) location.reload();
  } catch { /* not yet */ }
}, 10000);
