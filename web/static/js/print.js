/* A sheet of paper on the screen needs one thing of a script: its button prints. */
(function () {
  "use strict";
  document.documentElement.classList.add("js");
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) print();
  });
})();
