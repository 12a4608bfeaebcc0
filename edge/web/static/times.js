// Says the times of a page in the reader's own zone and way of writing.

const spoken = document.documentElement.lang;
const locale = navigator.languages.find((each) => each.startsWith(spoken)) ?? navigator.language;
const form = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

for (const time of document.querySelectorAll('time')) time.textContent = form.format(new Date(time.dateTime));
