"""The plot of the documents by month and outlet, whose bars lead to the table of their months."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from corpus.views import View
from ui.web.charts import OTHERS, stacked_months
from ui.web.parts import LIBRARY
from ui.web.table import address

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["plot", "plot_part"]

LEADING = """
element.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, '', link.getAttribute('href'));
  trigger('click', { do: 'view', view: location.search });
});
"""


def plot_part() -> "gr.HTML":
    """Return the part that shows the plot; a click on a month is its event "click", a view."""
    import gradio as gr

    with gr.Accordion("By month and outlet", open=False, elem_id="months"):
        return gr.HTML("", elem_id="plot", apply_default_css=False, js_on_load=LEADING)


def plot(counts: Mapping[tuple[str, str | None], int], view: View) -> str:
    """Return the plot of a view's documents by month and outlet; a bar leads to the view of its months."""
    named = {
        (month, OTHERS if outlet == "" else outlet or "no outlet"): count for (month, outlet), count in counts.items()
    }

    def there(first: str, last: str) -> str:
        return f"{LIBRARY.path}{address(replace(view, first=first, last=last, page=1))}"

    return stacked_months(named, "documents", "outlet", there) or '<p class="quiet">No date is known.</p>'
