"""The interactive page computes what the package computes, claims what it certifies, and reacts to every control."""

import json
import math

import interactive_data
import numpy as np
import pytest

import pdenn as pn

SET = """(chosen) => {
  for (const [id, value] of Object.entries(chosen)) document.getElementById(id).value = value;
  document.getElementById("law").dispatchEvent(new Event("input", { bubbles: true }));
  return window.pdennState;
}"""
MONOTONE = {name for name, law in interactive_data.LAWS.items() if law.monotone}
AT_FIRST = {"law": "Charbonnier", "scheme": "ExplicitEuler", "boundary": "reflecting", "coefficients": "held"}
AT_FIRST |= {"contrast": -1, "step": -0.1, "blocks": 20, "n": 6}
FAMILIES = ["ExplicitEuler", "FSI", "DuFortFrankel", "SemiImplicit", "ImplicitEuler"]


def setting(page, **chosen) -> dict:
    """Set the controls, those that are not named to what they are at first, and return what the page computed."""
    return page.evaluate(SET, AT_FIRST | chosen)


def statement(state):
    """The scheme and the operator of pdenn that the page says it runs."""
    chosen = state["settings"]
    name = chosen["scheme"]
    if name in ("FSI", "DuFortFrankel"):
        name = f"{name} {chosen['n']} {chosen['coefficients']}"
    law = interactive_data.law_of(chosen["law"], chosen["contrast"])
    return interactive_data.SCHEMES[name], interactive_data.operator(law, chosen["boundary"])


@pytest.mark.parametrize("boundary", interactive_data.BOUNDARIES)
@pytest.mark.parametrize("coefficients", ["held", "updated"])
@pytest.mark.parametrize("scheme", FAMILIES)
@pytest.mark.parametrize("law", interactive_data.LAWS)
def test_the_page_solves_as_pdenn_does(interactive, law, scheme, coefficients, boundary):
    # An implicit step of a flux that is not monotone has one solution only where τ 4/h² |inf Φ'| < 1.
    step = -0.7 if scheme == "ImplicitEuler" and law not in MONOTONE else 0.3 if scheme.endswith("Euler") else -0.1
    chosen = {"law": law, "scheme": scheme, "coefficients": coefficients, "boundary": boundary, "step": step}
    state = setting(interactive, **chosen, blocks=4, n=5, contrast=-0.8)
    method, A = statement(state)
    assert state["steps"] == 4
    end = 4 * state["tau"]
    u = pn.solve(A, interactive_data.signals()[0], method, end, tau=state["tau"], certificate=None).u
    assert np.abs(np.array(state["u"]) - u).max() <= 1e-12 * np.abs(u).max()


@pytest.mark.parametrize("boundary", interactive_data.BOUNDARIES)
@pytest.mark.parametrize("scheme", FAMILIES)
@pytest.mark.parametrize("law", interactive_data.LAWS)
def test_the_page_certifies_as_pdenn_does(interactive, law, scheme, boundary):
    for n, coefficients, contrast in ((3, "held", -2), (9, "updated", 0)):
        chosen = {"law": law, "scheme": scheme, "boundary": boundary, "n": n, "coefficients": coefficients}
        state = setting(interactive, **chosen, contrast=contrast, step=0.06)
        certified = {c.claim: c.tau for c in pn.certify(*statement(state))}
        shown = {claim: c.get("limit") for claim, c in state["certificates"].items() if c["status"] != "unproved"}
        assert {c: math.inf if tau is None else tau for c, tau in shown.items()} == pytest.approx(certified, rel=1e-12)
        for claim, tau in certified.items():
            assert state["certificates"][claim]["status"] == ("holds" if state["tau"] <= tau else "exceeded")


def test_the_numbers_in_the_page_are_those_of_the_package(interactive):
    assert interactive.evaluate("() => window.pdenn.data") == json.loads(json.dumps(interactive_data.data()))


@pytest.mark.parametrize("boundary", interactive_data.BOUNDARIES)
@pytest.mark.parametrize("law", interactive_data.LAWS)
def test_no_attack_breaks_what_is_certified(interactive, law, boundary):
    for scheme in FAMILIES:
        for step, coefficients in ((-0.5, "updated"), (0, "held"), (0.0, "updated"), (0.5, "held")):
            chosen = {"law": law, "scheme": scheme, "boundary": boundary, "step": step, "coefficients": coefficients}
            state = setting(interactive, **chosen)
            assert [c for c in state["certificates"].values() if c["status"] == "holds" and c["broken"]] == []


@pytest.mark.parametrize("scheme", ["ExplicitEuler", "FSI", "DuFortFrankel"])
@pytest.mark.parametrize("law", interactive_data.LAWS.keys() - {"ForwardBackward"})
def test_beyond_the_bounded_limit_the_attack_succeeds(interactive, law, scheme):
    # The zigzag of 64 cells comes within cos²(π/128) of the bound 4/h²: 1.2 times the limit is well beyond it.
    state = setting(interactive, law=law, scheme=scheme, step=0.08)
    bounded = state["certificates"]["bounded"]
    assert bounded["status"] == "exceeded" and bounded["attack"] > 1.1 and bounded["broken"]
    assert "exceeded" in interactive.locator("[data-claim=bounded]").get_attribute("class")
    assert "exceeded and broken" in interactive.locator("[data-claim=bounded] .verdict").inner_text()


def test_the_certificate_turns_at_the_limit(interactive):
    colour = "() => getComputedStyle(document.querySelector('[data-claim=bounded] .verdict')).color"
    at_rest = setting(interactive, step=-0.02)["certificates"]["bounded"]["status"]
    blue = interactive.evaluate(colour)
    beyond = setting(interactive, step=0.02)["certificates"]["bounded"]["status"]
    red = interactive.evaluate(colour)
    assert (at_rest, beyond) == ("holds", "exceeded")
    assert blue == "rgb(0, 114, 178)" and red == "rgb(200, 48, 26)"


@pytest.mark.parametrize("control", ["contrast", "step", "blocks", "n"])
def test_sliders_move_by_the_keyboard(interactive, control):
    setting(interactive, scheme="FSI")
    before, shown = interactive.evaluate("() => window.pdennState.u"), interactive.locator(f"output[for={control}]")
    text = shown.inner_text()
    interactive.locator(f"#{control}").press("ArrowRight")
    assert interactive.evaluate("() => window.pdennState.u") != before
    assert shown.inner_text() != text


@pytest.mark.parametrize(
    ("control", "value"),
    [("law", "Weickert"), ("scheme", "DuFortFrankel"), ("boundary", "Dirichlet"), ("coefficients", "updated")],
)
def test_choices_change_the_run(interactive, control, value):
    setting(interactive, scheme="FSI")
    before = interactive.evaluate("() => window.pdennState.u")
    interactive.select_option(f"#{control}", value)
    assert interactive.evaluate("() => window.pdennState.u") != before


def test_every_scheme_draws_its_own_network(interactive, screenshots):
    drawn = set()
    for scheme in FAMILIES:
        setting(interactive, scheme=scheme)
        kinds = {kind for kind in ("skip", "extra", "loop") if interactive.locator(f"#network path.{kind}").count() > 1}
        drawn.add((scheme, *sorted(kinds)))
        interactive.screenshot(path=screenshots / f"interactive_{scheme}.png", full_page=True)
    assert drawn == {
        ("ExplicitEuler", "skip"),
        ("FSI", "extra", "skip"),
        ("DuFortFrankel", "extra", "skip"),
        ("SemiImplicit", "loop", "skip"),
        ("ImplicitEuler", "loop", "skip"),
    }


def test_every_control_has_a_label(interactive):
    labels = interactive.evaluate(
        "() => [...document.querySelectorAll('#pdenn select, #pdenn input')].map((e) => e.labels[0]?.innerText.trim())"
    )
    assert len(labels) == 8 and all(labels)


def test_dark_and_narrow(interactive, screenshots):
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = interactive.evaluate(ground)
    interactive.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
    assert interactive.evaluate(ground) != light
    interactive.screenshot(path=screenshots / "interactive_dark.png", full_page=True)
    interactive.set_viewport_size({"width": 380, "height": 800})
    interactive.screenshot(path=screenshots / "interactive_narrow.png", full_page=True)
    assert interactive.evaluate("() => document.documentElement.scrollWidth") <= 380
