// Runs before the first paint: the reader's choice of scheme and text size, kept on this device only.
(() => {
  try {
    const { theme, text } = localStorage;
    if (theme) document.documentElement.dataset.theme = theme;
    if (text) document.documentElement.dataset.text = text;
  } catch { /* storage is closed: the system's wish holds */ }
})();
