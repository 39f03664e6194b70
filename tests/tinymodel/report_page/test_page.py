import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics

from generator.errors import printable
from tinymodel.report_page.embed import embedded_script
from tinymodel.report_page.page import report_html
from tinymodel.report_page.sprites import COLUMNS, pack_sprites


class Reader(HTMLParser):
    """A page's elements, the text of its data, and the lines of its tables."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.scripts, self.cells, self._script, self._table = [], [], {}, None, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        if tag == "script":
            self.scripts.append([attributes, ""])
            self._script = True
        if tag == "tr" and "data-number" in attributes:
            self._table = self.cells[int(attributes["data-number"])] = []
        if tag in ("td", "th") and self._table is not None and "data-value" in attributes:
            self._table.append(attributes["data-value"])

    def handle_endtag(self, tag):
        if tag == "script":
            self._script = None
        if tag == "tr":
            self._table = None

    def handle_data(self, text):
        if self._script:
            self.scripts[-1][1] += text

    def script(self, name):
        return next(text for attributes, text in self.scripts if attributes.get("id") == name)

    @property
    def data(self):
        return json.loads(self.script("data"))


@pytest.fixture(scope="module")
def inputs(made):
    return made.inputs(heat=made.heat, field=made.field(), former=made.former())


@pytest.fixture(scope="module")
def html(inputs):
    return report_html(inputs)


@pytest.fixture(scope="module")
def page(html):
    return Reader(html)


def test_every_section_is_there_and_the_menu_leads_to_it(page):
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    sections = {attributes["id"] for tag, attributes in page.elements if tag == "section"}
    assert sections == {"overview", "advice", "comparison", "training", "confusion", "pictures", "classes", "design"}
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links
    assert all(link[1:] in ids for link in links)


def test_headline_figures_are_those_of_scikit_learn(made, inputs, html):
    probabilities, labels = inputs.predictions.probabilities, inputs.predictions.labels
    exact = probabilities.astype(np.float64)
    top_1 = metrics.accuracy_score(labels, probabilities.argmax(axis=1))
    top_5 = metrics.top_k_accuracy_score(labels, probabilities, k=5)
    loss = metrics.log_loss(labels, exact / exact.sum(axis=1, keepdims=True))
    assert f"top-1 {top_1:.2%}" in made.words(html)
    assert f"top-5 {top_5:.2%}" in made.words(html)
    assert f"loss {loss:.4f}" in made.words(html)


def test_the_table_of_classes_holds_scikit_learns_figures(inputs, page):
    probabilities, labels = inputs.predictions.probabilities, inputs.predictions.labels
    guesses, before = probabilities.argmax(axis=1), inputs.former.predictions.probabilities.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, guesses, zero_division=0)
    former = metrics.recall_score(labels, before, average=None)
    for number in range(6):
        title, *figures = page.cells[number]
        assert title == inputs.titles[number]
        expected = [recall[number], recall[number] - former[number], precision[number], f1[number], support[number]]
        np.testing.assert_allclose([float(figure) for figure in figures[:5]], expected, atol=1e-12)
    assert list(page.cells) == sorted(page.cells, key=lambda number: (recall[number], inputs.titles[number]))


def test_cells_of_the_matrix_are_scikit_learns(inputs, page):
    matrix = np.zeros((6, 6), int)
    cells = page.data["cells"]
    matrix[cells["row"], cells["column"]] = cells["count"]
    guesses = inputs.predictions.probabilities.argmax(axis=1)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(inputs.predictions.labels, guesses))
    for order in page.data["orders"].values():
        assert sorted(order) == list(range(6))


def test_pictures_go_from_the_most_confident_mistake_to_the_most_confident_hit(inputs, page):
    data, probabilities = page.data, inputs.predictions.probabilities
    pictures, each = data["pictures"], data["pictures"]["guesses_each"]
    guesses = pictures["guesses"][::each]
    wrong = [label != guess for label, guess in zip(pictures["label"], guesses, strict=True)]
    assert wrong == sorted(wrong, reverse=True)
    assert sum(wrong) == data["mistakes"] == np.sum(probabilities.argmax(axis=1) != inputs.predictions.labels)
    sure = [share / data["parts"] for share in pictures["shares"][::each]]
    assert sure[: data["mistakes"]] == sorted(sure[: data["mistakes"]], reverse=True)
    assert sure[data["mistakes"] :] == sorted(sure[data["mistakes"] :])
    by_name = dict(zip(inputs.predictions.names, probabilities, strict=True))
    for rank, name in enumerate(pictures["name"]):
        mine = pictures["guesses"][rank * each : (rank + 1) * each]
        assert mine == np.argsort(-by_name[name], kind="stable")[:each].tolist()
        assert sure[rank] == pytest.approx(by_name[name].max(), abs=1 / data["parts"])


def test_a_sprite_holds_the_pictures_at_their_places(made, inputs, page):
    data = page.data
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(page.script("sprite-0")))))
    side = data["sprites"]["side"]
    for rank, name in enumerate(data["pictures"]["name"]):
        row, column = divmod(rank, data["sprites"]["columns"])
        middle = sheet[row * side + side // 2, column * side + side // 2].astype(int)
        expected = inputs.images[inputs.predictions.names.index(name)][0, 0].astype(int)
        assert np.abs(middle - expected).max() < 8, name


def test_heat_maps_are_of_the_class_that_was_guessed(made, page):
    data = page.data
    side = data["heat"]["side"]
    maps = np.frombuffer(base64.b64decode(page.script("heat-maps")), np.uint8).reshape(-1, side, side)
    ranks = data["heat"]["ranks"]
    assert ranks[: data["mistakes"]] == list(range(data["mistakes"]))
    assert len(maps) == len(ranks) == len(set(ranks))
    for rank, heat in zip(ranks, maps, strict=True):
        guess = data["pictures"]["guesses"][rank * data["pictures"]["guesses_each"]]
        warmest = np.unravel_index(heat.argmax(), heat.shape)
        assert [axis >= side // 2 for axis in warmest] == [guess % 2 == 1, guess // 2 % 2 == 1]


def test_time_is_that_of_the_timings(made, html):
    text = made.words(html)
    assert "1 3 30.0 s 3.0 s 6.0 s 1.5 s 40.5 s 100" in text
    assert "2 2 25.0 s 2.0 s 4.0 s 1.0 s 32.0 s 100" in text


def test_curves_show_phases_and_the_best_epoch(made, html, page):
    assert "Best at 32 px: 55.00% on the validation pictures, in epoch 4" in made.words(html)
    plots = [attributes for tag, attributes in page.elements if tag == "svg" and attributes.get("class") == "lines"]
    assert [plot["aria-label"] for plot in plots] == [
        f"{what} over the epochs" for what in ("loss", "accuracy", "learning rate")
    ]
    bands = [attributes for tag, attributes in page.elements if tag == "rect" and attributes.get("class") == "band"]
    assert [(band["x"], band["width"]) for band in bands] == [("0.0", "600.0"), ("600.0", "400.0")] * 3
    lines = [attributes for tag, attributes in page.elements if tag == "polyline"]
    heights = [float(point.split(",")[1]) for point in lines[3]["points"].split()]
    assert heights[3] == min(heights)  # The highest accuracy is the highest point; SVG counts from the top.
    assert heights[0] == max(heights)


def test_findings_and_table_of_the_design(made, html):
    text = made.words(html)
    assert "error TG001 the target of 5,000 is missed: the receptive field is 33" in text
    assert "conv_0_conv_1" in text
    assert "at 32 x 32 px" in text


def test_advice_follows_from_the_figures(made):
    images = made.pictures(120, 32)
    labels = np.arange(120) % 6
    images[labels == 0] = (250, 10, 10)
    images[labels == 1] = (10, 250, 10)
    shares = np.full((120, 6), 0.02, np.float32)
    shares[np.arange(120), np.where(labels == 0, 1, labels)] = 0.9
    found = made.predictions(6, 120)
    text = made.words(report_html(made.inputs(images=images, predictions=type(found)(shares, labels, found.names))))
    assert "Weight 1 class" in text
    assert "far below it for thing 0 (0%)" in text
    assert "--set holdout=0.1" in text
    assert "Leave the colours alone" in text
    assert "thing 0 taken for thing 1 (20 pictures; red against green" in text
    assert "original_a of phase 1" in text
    assert "1 class draws others in" in text
    assert "thing 1 (40 times, of 20)" in text
    assert "can see nothing new" in text  # The blind convolutions of an image of 16 px.
    larger = made.inputs(checked=made.checked(phases=[made.PHASES[1]]))
    assert "At 16 x 16 px" in text
    assert "At 16 x 16 px" not in made.words(report_html(larger))  # The design's own size, at which nothing was trained.
    assert "--set phases.1.cutmix=0.5" in text  # 70 % on training pictures against 50 %.


def test_nothing_is_advised_where_nothing_follows(made):
    shares = np.eye(6, dtype=np.float32)[np.arange(120) % 6]
    found = made.predictions(6, 120)
    html = report_html(made.inputs(predictions=type(found)(shares, found.labels, found.names), rows=(), timings=()))
    text = made.words(html)
    assert "Weight" not in text
    assert "colours" not in text
    assert "Nothing is confused" in text
    assert "No epoch is done yet" in text
    assert "There are no timings" in text


def test_a_comparison_says_whether_the_gain_stands_out(made, inputs, html):
    guesses = [each.probabilities.argmax(axis=1) for each in (inputs.former.predictions, inputs.predictions)]
    before, now = (metrics.accuracy_score(inputs.predictions.labels, guess) for guess in guesses)
    text = made.words(html)
    assert f"{before:.2%} {now:.2%} {100 * (now - before):+.1f}" in text
    assert "optimizer.name sgd adam" in text
    assert text.count("A gain.") == 1


def test_the_weakest_classes_are_compared_on_the_holdout_too(made):
    before, now = made.predictions(6, 90, seed=2, skill=1.0), made.predictions(6, 90, seed=3)
    weighted = {"class_weight": {"n0003": 1.5}}
    found = made.inputs(former=made.former(holdout=before), holdout=now, key=weighted)
    recalls = {}
    for place, (old, new) in {"holdout": (before, now), "val": (found.former.predictions, found.predictions)}.items():
        recalls[place] = [
            metrics.recall_score(one.labels, one.probabilities.argmax(axis=1), average=None) for one in (old, new)
        ]
    weakest = np.argsort(recalls["holdout"][0], kind="stable")[:5]
    text = made.words(report_html(found))
    for number in weakest:
        figures = " ".join(
            f"{old[number]:.1%} {new[number]:.1%} {signed(new[number] - old[number])}" for old, new in recalls.values()
        )
        assert f"thing {number} {1.5 if number == 3 else 1} {figures}" in text
    means = [[one[weakest].mean() for one in pair] for pair in recalls.values()]
    assert "mean of them " + " ".join(f"{old:.1%} {new:.1%} {signed(new - old)}" for old, new in means) in text
    assert "On the holdout" in text
    assert "On the holdout" not in made.words(report_html(made.inputs(former=made.former())))


def signed(share):
    return f"{100 * share:+.1f}".replace("-", "−") if round(share, 4) else "0.0"


def test_what_a_unit_sees_is_said_and_the_hottest_one_is_in_the_warm_corner(made, inputs, page, html):
    assert "a unit of conv_4_relu_1 can see 9 px of the 32 px image (theoretical rf), and looks at 4.0 px" in made.words(html)
    assert page.data["field"] == {"layer": "conv_4_relu_1", "rf": [9.0, 9.0], "effective": 4.0, "size": 32}
    hottest = np.array(page.data["heat"]["hottest"]).reshape(-1, 2)
    guesses = page.data["pictures"]["guesses"][:: page.data["pictures"]["guesses_each"]]
    for rank, (y, x) in zip(page.data["heat"]["ranks"], hottest, strict=True):
        assert (y >= 16, x >= 16) == (guesses[rank] % 2 == 1, guesses[rank] // 2 % 2 == 1)
    plain = made.inputs(heat=lambda positions, classes: np.zeros((len(positions), 32, 32), np.float32), field=made.field())
    assert set(Reader(report_html(plain)).data["heat"]["hottest"]) == {-1.0}


def test_what_was_done_differently_is_said_key_by_key(made):
    phases = [{"image_size": 32, "epochs": 9, "learning_rate": None}, {"image_size": 64, "epochs": 4, "learning_rate": 0.001}]
    before = {"phases": phases, "class_weight": None, "plan": [{"kind": "conv"}]}
    now = {"phases": [{**phases[0], "image_size": 64}], "class_weight": {"n0001": 0.5, "n0002": 1.25}, "plan": []}
    text = made.words(report_html(made.inputs(key=now, former=made.former(key=before))))
    for line in (
        "plan 1 rows 0 rows", "phases.0.image_size 32 64", "phases.1.image_size 64 –", "phases.1.epochs 4 –",
        "phases.1.learning_rate 0.001 –", "class_weight – 2 classes, 0.5 to 1.25",
    ):  # fmt: skip
        assert line in text
    assert "phases.0.epochs" not in text
    assert "None" not in text.partition("What was done differently")[2].partition("Training")[0]


def test_no_gain_is_said_to_be_none(made):
    same = made.former(predictions=made.predictions(6, 120))
    text = made.words(report_html(made.inputs(former=same)))
    assert "No change that stands out from chance. +0.00 points of top-1 accuracy: 0 pictures became right, 0 became" in text


def test_other_pictures_are_not_compared_one_by_one(made):
    text = made.words(report_html(made.inputs(former=made.former(images=60, same_pictures=False))))
    assert "on other pictures than the former run's" in text
    assert "became right" not in text


def test_hostile_names_stay_text(made):
    names = tuple(f"{name} {number}" for number, name in enumerate(made.HOSTILE * 20))
    found = made.predictions(6, 120)
    html = report_html(
        made.inputs(
            titles=made.HOSTILE,
            classes=made.HOSTILE,
            run=made.HOSTILE[0],
            place=made.HOSTILE[0],
            notes=(made.HOSTILE[1],),
            predictions=type(found)(found.probabilities, found.labels, names),
            environments=({made.HOSTILE[1]: made.HOSTILE[0]},),
            former=made.former(run=made.HOSTILE[1], key={made.HOSTILE[0]: made.HOSTILE[1]}),
        )
    )
    plain = report_html(made.inputs(former=made.former(), notes=("a note",), environments=({"key": "value"},)))
    kinds = [[tag for tag, _ in Reader(page).elements] for page in (html, plain)]
    assert len(kinds[0]) - len(kinds[1]) in range(-20, 20)
    assert kinds[0].count("script") == kinds[1].count("script")
    assert "img" not in kinds[0]
    assert not [
        name for _, attributes in Reader(html).elements for name in attributes if name.startswith("on") or name == "style"
    ]
    assert "49" not in Reader(html).data["titles"][2]  # No template saw the name.
    assert Reader(html).data["titles"] == [printable(name) for name in made.HOSTILE]
    assert "\u2028" not in html
    assert "\u202e" not in html
    html.encode("utf-8")


def test_the_page_asks_nobody(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    markup = re.sub(r"<script\b.*?</script>", "", html, flags=re.S)
    assert not re.findall(r"(?:src|href|action)\s*=\s*[\"'](?!#)[^\"']", markup)
    assert not re.search(
        r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|https?:|innerHTML|eval\(",
        embedded_script() + html[: html.index("<body")],
    )


def test_two_classes_and_no_heat(made):
    page = Reader(report_html(made.inputs(class_count=2, count=10)))
    assert page.data["pictures"]["guesses_each"] == 2
    assert page.data["heat"]["ranks"] == []
    assert "top-5" not in made.words(report_html(made.inputs(class_count=2, count=10)))


def test_pictures_are_packed_into_their_budget(made):
    noise = np.random.default_rng(0).integers(0, 256, (300, 64, 64, 3), np.uint8)
    order = np.arange(300)
    whole = pack_sprites(noise, order)
    assert whole.side == 64
    tight = pack_sprites(noise, order, budget=whole.bytes // 4)
    assert tight.bytes <= whole.bytes // 4
    assert tight.side < 64
    sheet = Image.open(io.BytesIO(tight.jpegs[0]))
    assert sheet.size == (COLUMNS * tight.side, 12 * tight.side)


@pytest.mark.slow
def test_ten_thousand_pictures_of_two_hundred_classes_fit_a_page(made):
    noise = np.random.default_rng(0).integers(0, 256, (10_000, 64, 64, 3), np.uint8)
    page = report_html(
        made.inputs(200, 10_000, 8, images=noise, predictions=made.predictions(200, 10_000, skill=3.0), heat=made.heat)
    )
    assert len(page.encode()) < 20_000_000  # Noise is the worst that a JPEG can meet.
