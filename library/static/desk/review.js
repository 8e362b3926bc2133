// Time zones: the field says the reader's own one at first, and moments are told in it as well.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const field of document.querySelectorAll("input[data-own-zone]")) {
  if (own && field.value === "UTC" && field.defaultValue === "UTC") field.value = own;
}
for (const time of document.querySelectorAll("time.local")) {
  const when = new Date(time.dateTime);
  if (own && own !== "UTC" && !Number.isNaN(when.valueOf())) {
    const told = new Intl.DateTimeFormat(document.documentElement.lang, {
      dateStyle: "medium", timeStyle: "short", numberingSystem: "latn",
    }).format(when);
    time.textContent = `(${told}, ${own})`;
  }
}
