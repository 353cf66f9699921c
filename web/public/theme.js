// Runs before the first paint, so that the page never flashes in the wrong theme. "system" is the absence of a choice.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("theme");
  } catch {
    // storage may be blocked; the system's theme it is then
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
  var meta = document.querySelector('meta[name="theme-color"]');
  if (meta && dark) meta.setAttribute("content", "#121218");
})();
