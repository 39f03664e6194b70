"""The page as a browser shows it: clicks are real ones, and nothing is asked of anybody."""

import csv
import io
import json

import numpy as np
import pytest
from sklearn import metrics

from tinymodel.report_page.page import report_html

pytestmark = pytest.mark.slow

SHOWN = "[...document.querySelectorAll('%s .tile')].map((tile) => tile.innerText.split('\\n'))"
PAINTED = """(() => {const canvas = document.querySelector('%s'), copy = new OffscreenCanvas(1, 1).getContext('2d');
  copy.drawImage(canvas, -%s * canvas.width, -%s * canvas.height);
  return [...copy.getImageData(0, 0, 1, 1).data]})()"""
"""The colour of a canvas at a place; read from a copy, as a canvas that is read often is drawn in another way."""
CHOOSE = "(() => {const it = document.querySelector('%s'); it.value = '%s'; it.dispatchEvent(new Event('change'))})()"


@pytest.fixture(scope="module")
def inputs(made):
    return made.inputs(heat=made.heat, field=made.field(), former=made.former())


@pytest.fixture(scope="module")
def file(inputs, tmp_path_factory):
    written = tmp_path_factory.mktemp("page") / "report.html"
    written.write_text(report_html(inputs), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def opened(browser, file):
    with browser() as found:
        found.open(file)
        yield found


@pytest.fixture(autouse=True)
def _quiet(opened, file):
    """After every test: no error, no warning, no request but for the page."""
    yield
    assert opened.complaints() == []
    assert opened.requests() == [file.as_uri()]


def click_cell(opened, row, column, classes=6):
    """Clicks the middle of a cell of the matrix, by what one sees: the cells fill the canvas' lower right corner."""
    opened.run("document.querySelector('#matrix').scrollIntoView({block: 'start', behavior: 'instant'})")
    opened.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y, height = opened.run(
        "(() => {const b = document.querySelector('#matrix').getBoundingClientRect(); return [b.x, b.y, b.height]})()"
    )
    cell = 52
    margin = height - cell * classes
    opened.click(x + margin + cell * (column + 0.5), y + margin + cell * (row + 0.5))


def test_a_click_on_a_cell_shows_its_pictures(opened, inputs):
    guesses = inputs.predictions.probabilities.argmax(axis=1)
    matrix = metrics.confusion_matrix(inputs.predictions.labels, guesses)
    opened.run(CHOOSE % ("#order", "name"))
    label, guess = np.argwhere((matrix > 0) & ~np.eye(6, dtype=bool))[-1]
    click_cell(opened, label, guess)
    shown = opened.run(SHOWN % "#cell-pictures")
    assert len(shown) == matrix[label, guess]
    assert {title for title, _ in shown} == {f"thing {label}"}
    assert all(words.endswith(f"% thing {guess}") for _, words in shown)
    said = opened.run("document.querySelector('#cell-text').innerText")
    assert said.startswith(f"thing {label} taken for thing {guess}: {matrix[label, guess]} (")


def test_the_picture_shown_is_the_picture(opened, inputs):
    opened.run("document.querySelector('#gallery').scrollIntoView({behavior: 'instant'})")
    opened.wait("document.querySelector('#gallery canvas').width > 0")
    opened.wait((PAINTED % ("#gallery canvas", 0.5, 0.5)) + "[3] === 255")
    colour = opened.run(PAINTED % ("#gallery canvas", 0.5, 0.5))
    name = opened.run("JSON.parse(document.getElementById('data').textContent).pictures.name[0]")
    expected = inputs.images[inputs.predictions.names.index(name)][0, 0]
    assert np.abs(np.array(colour[:3]) - expected).max() < 10


def test_the_heat_map_warms_the_corner_of_the_guess(opened):
    guess = opened.run("JSON.parse(document.getElementById('data').textContent).pictures.guesses[0]")
    warm = (0.75 if guess // 2 % 2 else 0.25, 0.75 if guess % 2 else 0.25)
    before = opened.run(PAINTED % ("#gallery canvas", *warm))
    opened.click_on("#heat")
    opened.wait(f"JSON.stringify({PAINTED % ('#gallery canvas', *warm)}) !== '{json.dumps(before, separators=(',', ':'))}'")
    after = opened.run(PAINTED % ("#gallery canvas", *warm))
    assert after[0] - after[2] > 60  # Red and yellow glow over grey.
    cold = opened.run(PAINTED % ("#gallery canvas", 1 - warm[0], 1 - warm[1]))
    assert cold[0] - cold[2] < 20
    assert sum(cold[:3]) < sum(after[:3])
    opened.click_on("#heat")


def test_the_gallery_is_filtered_by_class(opened, inputs):
    guesses, labels = inputs.predictions.probabilities.argmax(axis=1), inputs.predictions.labels
    opened.run(CHOOSE % ("#filter-label", 2))
    shown = opened.run(SHOWN % "#gallery")
    assert len(shown) == np.sum((labels == 2) & (guesses != 2))
    assert {title for title, _ in shown} == {"thing 2"}
    opened.click_on("[data-show=hits]")
    sure = [int(words.rstrip("%")) for _, words in opened.run(SHOWN % "#gallery")]
    assert len(sure) == np.sum((labels == 2) & (guesses == 2))
    assert sure == sorted(sure)
    opened.run(CHOOSE % ("#filter-guess", 3))
    assert opened.run("document.querySelector('#gallery-text').innerText") == "No hits here."
    opened.click_on("[data-show=mistakes]")
    assert len(opened.run(SHOWN % "#gallery")) == np.sum((labels == 2) & (guesses == 3))


def test_a_pair_and_a_class_lead_to_their_pictures(opened):
    pair = opened.run("document.querySelector('.pairs button').innerText").split("\n")
    opened.click_on(".pairs button")
    assert len(opened.run(SHOWN % "#cell-pictures")) == int(pair[0])
    opened.click_on("#class-table tbody tr:nth-child(2) .link")
    title = opened.run("document.querySelector('#class-table tbody tr:nth-child(2) .link').innerText")
    assert {label for label, _ in opened.run(SHOWN % "#gallery")} == {title}


def test_the_table_is_sorted_by_clicks(opened, inputs):
    column = "[...document.querySelectorAll('#class-table tbody tr')].map((row) => row.cells[%d].innerText)"
    guesses = inputs.predictions.probabilities.argmax(axis=1)
    precision = metrics.precision_score(inputs.predictions.labels, guesses, average=None)
    opened.click_on("#class-table th:nth-child(4) button")
    assert opened.run(column % 3) == [f"{value:.1%}" for value in sorted(precision)]
    opened.click_on("#class-table th:nth-child(4) button")
    assert opened.run(column % 3) == [f"{value:.1%}" for value in sorted(precision, reverse=True)]
    assert opened.run("document.querySelector('#class-table th:nth-child(4)').getAttribute('aria-sort')") == "descending"
    opened.click_on("#class-table th:nth-child(1) button")
    assert opened.run(column % 0) == sorted(inputs.titles)


def test_the_table_is_saved_as_csv(opened, inputs, tmp_path):
    opened.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    opened.click_on("#export")
    saved = tmp_path / "classes.csv"
    opened.wait("true")
    for _ in range(100):
        if saved.exists():
            break
        opened.run("new Promise((done) => setTimeout(done, 50))")
    lines = list(csv.DictReader(io.StringIO(saved.read_text("utf-8"))))
    guesses = inputs.predictions.probabilities.argmax(axis=1)
    recall = metrics.recall_score(inputs.predictions.labels, guesses, average=None)
    assert [line["class"] for line in lines] == list(inputs.classes)
    np.testing.assert_allclose([float(line["recall"]) for line in lines], recall, atol=1e-12)


def test_the_window_names_the_guesses(opened, inputs):
    opened.click_on("#gallery .tile")
    assert opened.run("document.querySelector('#detail').open")
    name = opened.run("document.querySelector('#detail .file').innerText")
    shares = inputs.predictions.probabilities[inputs.predictions.names.index(name)]
    rows = opened.run("[...document.querySelectorAll('#detail .guess')].map((row) => row.innerText.split('\\n'))")
    best = np.argsort(-shares)[:5]
    assert [title.removesuffix(" ✓") for title, _ in rows] == [f"thing {number}" for number in best]
    np.testing.assert_allclose([float(share.rstrip("%")) for _, share in rows], 100 * shares[best], atol=0.06)
    label = inputs.predictions.labels[inputs.predictions.names.index(name)]
    assert [title for title, _ in rows if title.endswith("✓")] == [f"thing {label} ✓"] * (label in best)
    opened.click_on("#detail form button")
    assert not opened.run("document.querySelector('#detail').open")


def test_the_window_outlines_what_the_hottest_unit_sees(opened):
    opened.click_on("#gallery .tile")
    opened.wait("document.querySelector('#detail .big p').innerText !== ''")
    said = opened.run("document.querySelector('#detail .big p').innerText")
    assert said.startswith("The hottest unit of conv_4_relu_1 can see ")
    assert said.endswith("(rf 9 px) and looks at the square (4.0 px).")
    heat = opened.run("JSON.parse(document.getElementById('data').textContent).heat")
    place = heat["ranks"].index(opened.run("Number(document.querySelector('#gallery .tile').dataset.rank)"))
    y, x = heat["hottest"][2 * place : 2 * place + 2]
    edge = opened.run(PAINTED % ("#detail .big canvas:nth-of-type(2)", (x + 0.5) / 32, (y + 0.5 + 2) / 32))
    middle = opened.run(PAINTED % ("#detail .big canvas:nth-of-type(2)", (x + 0.5) / 32, (y + 0.5) / 32))
    assert edge[2] > 200 > middle[2]  # A blue line around, warm colours in it.
    opened.click_on("#detail form button")


def test_an_epoch_is_read_at_the_pointer(opened):
    opened.run("document.querySelector('.plot').scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y, width = opened.run(
        "(() => {const b = document.querySelector('.plot').getBoundingClientRect(); return [b.x, b.y, b.width]})()"
    )
    opened.call("Input.dispatchMouseEvent", type="mouseMoved", x=x + width * 0.7, y=y + 50)
    said = opened.run("document.querySelector('#readout').innerText")
    assert said.startswith("epoch 4, phase 2, 32 px: loss 1.1000, accuracy 60.00%; val loss 1.5000, accuracy 55.00%")


def test_light_turns_dark(opened):
    ground = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    assert min(opened.run(ground)) > 200
    opened.click_on("#theme")
    assert max(opened.run(ground)) < 60
    opened.click_on("#theme")
    assert min(opened.run(ground)) > 200


def test_dark_where_the_system_is_dark_and_no_wider_than_a_phone(browser, file):
    with browser(width=390, height=844, dark=True, phone=True) as phone:
        phone.open(file)
        assert max(phone.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")) < 60
        assert phone.run("document.documentElement.scrollWidth") <= 390
        assert phone.complaints() == []


def test_hostile_names_run_nothing(browser, made, tmp_path):
    file = tmp_path / "report.html"
    names = tuple(f"{name} {number}" for number, name in enumerate(made.HOSTILE * 20))
    found = made.predictions(6, 120)
    inputs = made.inputs(
        titles=made.HOSTILE,
        classes=made.HOSTILE,
        predictions=type(found)(found.probabilities, found.labels, names),
        heat=made.heat,
    )
    file.write_text(report_html(inputs), encoding="utf-8")
    with browser() as page:
        page.open(file)
        page.click_on("#gallery .tile")
        page.click_on("#detail form button")
        page.click_on(".pairs button")
        assert page.run("document.title") == "run: what it learned and where it fails"
        assert page.run("document.querySelectorAll('img').length") == 0
        shown = page.run("[...document.querySelectorAll('#filter-label option')].map((one) => one.textContent)")
        assert made.HOSTILE[0] in shown
        assert page.complaints() == []
        assert page.requests() == [file.as_uri()]
