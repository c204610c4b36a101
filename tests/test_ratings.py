"""Statistics of expert ratings, against published tables and R."""

import json

import numpy as np
import pandas as pd
import pytest

from workbench.agreement import intraclass, kendall_w, krippendorff_alpha
from workbench.ratings import (
    congruence,
    consensus,
    critical_cvr,
    cvi_required,
    essential,
    fuzzy_delphi,
    kappa_star,
    relevance,
    scale_validity,
    stability,
)


def results(shared, name):
    return json.loads((shared / "r" / f"dev_raters_{name}.json").read_text(encoding="utf-8"))["results"]


@pytest.fixture
def anxiety(shared):
    return pd.read_csv(shared / "r" / "irr_anxiety.csv").T


@pytest.fixture
def judges(shared):
    matrix = results(shared, "shrout_fleiss")["matrix"]["value"]
    return pd.DataFrame(matrix["values"], index=matrix["rows"], columns=matrix["cols"]).T


class TestContentValidity:
    def test_kappa_as_published(self):
        """BMC Health Services Research 17, s12913-017-2469-8, table 10: ten experts, 8 agree pc .044, kappa .79; 7: .117, .66."""
        pc, kappa = kappa_star(np.array([8, 7]), np.array([10, 10]))

        assert [0.044, 0.117] == [round(float(value), 3) for value in pc]
        assert [0.79, 0.66] == [round(float(value), 2) for value in kappa]

    def test_scale_as_published(self):
        """PMC7253559, table 4: six experts, twelve items, ten agreed by all and two by five: S-CVI/Ave .97, UA .83."""
        ratings = pd.DataFrame(4, index=range(6), columns=[f"i{n}" for n in range(12)], dtype=float)
        ratings.loc[0, "i3"] = 2
        ratings.loc[4, "i7"] = 1
        found = scale_validity(ratings)

        assert (0.97, 0.83) == (round(found["s_cvi_ave"], 2), round(found["s_cvi_ua"], 2))

    def test_the_interval_is_exact(self):
        """Clopper and Pearson (1934): 8 of 10 lies between .444 and .975; none of 10 up to .308 (published tables)."""
        table = relevance(pd.DataFrame({"a": [4.0] * 8 + [1.0] * 2, "b": [1.0] * 10, "c": [np.nan] * 10}))

        assert (0.444, 0.975) == tuple(round(float(table.loc["a", end]), 3) for end in ("low", "high"))
        assert (0.0, 0.308) == tuple(round(float(table.loc["b", end]), 3) for end in ("low", "high"))
        assert table.loc["c", ["i_cvi", "low", "kappa"]].isna().all()

    def test_the_interval_of_cvr_is_exact(self):
        """CVR is twice the share less 1, so its interval is that of 8 of 10 (.444 to .975) on the same scale."""
        table = essential(pd.DataFrame({"a": ["essential"] * 8 + ["useful", "not"], "b": [None] * 10}))

        assert (-0.11, 0.95) == tuple(round(float(table.loc["a", end]), 2) for end in ("cvr_low", "cvr_high"))
        assert table.loc["b", ["cvr", "cvr_low", "cvr_high"]].isna().all()

    @pytest.mark.parametrize(("n", "required"), [(3, 1.0), (5, 1.0), (6, 0.83), (8, 0.83), (9, 0.78), (15, 0.78)])
    def test_required(self, n, required):
        """Lynn (1986): all of up to five, .83 of six to eight, .78 of nine or more."""
        assert required == cvi_required(n)

    @pytest.mark.parametrize(
        ("n", "critical"),
        [(5, 1.0), (7, 1.0), (8, 0.750), (9, 0.778), (10, 0.800), (11, 0.636), (12, 0.667), (13, 0.538), (14, 0.571),
         (15, 0.600), (20, 0.500), (25, 0.440), (30, 0.333), (35, 0.314), (40, 0.300)],
    )  # fmt: skip
    def test_critical_ratios(self, n, critical):
        """Ayre and Scally (2014), Measurement and Evaluation in Counseling and Development 47, table 2."""
        assert critical == round(critical_cvr(n), 3)

    def test_ratio(self, shared):
        """R's psychometric::CVratio of 0 to 10 of ten experts."""
        expected = results(shared, "shrout_fleiss")["CVratio"]["value"]
        ratings = pd.DataFrame({k: ["essential"] * k + ["useful"] * (10 - k) for k in range(11)})

        np.testing.assert_allclose(essential(ratings)["cvr"], expected, atol=1e-12)
        assert (essential(ratings)["critical"] == 0.8).all()

    def test_four_experts_cannot_convince(self):
        """No CVR of four experts is significant: 1/16 is above 5 %."""
        assert np.isnan(critical_cvr(4))

    def test_congruence_over_those_who_rated(self):
        """Rovinelli and Hambleton (1977): the mean of the ratings; gaps are counted out."""
        table = congruence(pd.DataFrame({"b": [1, 1, -1, np.nan], "a": [np.nan] * 4}))

        assert (3, pytest.approx(1 / 3)) == tuple(table.loc["b"])
        assert 0 == table.loc["a", "n"]
        assert np.isnan(table.loc["a", "ioc"])


class TestConsensus:
    def test_middle_and_spread(self):
        """Type 7 quartiles (Hyndman and Fan 1996): 1 to 5 has 2 and 4; the lower of two modes."""
        table = consensus(pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 4, 4, np.nan]}))

        assert (3.0, 2.0, 4.0, 2.0) == tuple(table.loc["a", ["median", "q1", "q3", "iqr"]])
        assert (2.0, 3.0, 1.0, 4.0) == tuple(table.loc["b", ["mode", "median", "mode_gap", "n"]])

    def test_stability_of_those_who_came_twice(self):
        """One of the two who rated twice changed; a new expert does not count."""
        first = pd.DataFrame({"a": [1.0, 2.0, 5.0]}, index=["E01", "E02", "E03"])
        second = pd.DataFrame({"a": [4.0, 1.0, 3.0]}, index=["E04", "E01", "E02"])
        row = stability(first, second).loc["a"]

        assert (2, 0.5, 0.5) == (row["n"], row["changed"], row["median_change"])

    def test_fuzzy_delphi_by_hand(self):
        """Three experts of 7, 7, 6: mean (.833, .967, 1), defuzzified .933; distances .043, .043 and .086."""
        row = fuzzy_delphi(pd.DataFrame({"a": [7, 7, 6, np.nan]})).loc["a"]

        assert (0.8333, 0.9667, 1.0) == tuple(round(row[name], 4) for name in ("m1", "m2", "m3"))
        assert 0.9333 == round(row["fuzzy"], 4)
        far = [np.sqrt(((0.9 - 5 / 6) ** 2 + (1 - 29 / 30) ** 2) / 3)] * 2 + [
            np.sqrt(((0.7 - 5 / 6) ** 2 + (0.9 - 29 / 30) ** 2) / 3)
        ]
        assert np.mean(far) == pytest.approx(row["distance"])
        assert 1.0 == row["agreement"]


class TestAgreement:
    def test_kendall_with_ties(self, anxiety, judges, shared):
        """R's irr::kendall(correct = TRUE) on its anxiety data and on Shrout and Fleiss's judges."""
        for ratings, name, key in ((anxiety, "anxiety", "kendall_W_ties"), (judges, "shrout_fleiss", "kendall")):
            expected = results(shared, name)[key]["value"]
            found = kendall_w(ratings)
            assert expected["value"] == pytest.approx(found.w, rel=1e-9)
            assert expected["statistic"] == pytest.approx(found.chi2, rel=1e-9)
            assert expected["p.value"] == pytest.approx(found.p, rel=1e-9)

    def test_incomplete_raters_are_counted(self, judges):
        """A rater with a gap is left out of the ranking and named in number."""
        gappy = judges.astype(float)
        gappy.iloc[0, 0] = np.nan
        found = kendall_w(gappy)

        assert (1, 3) == (found.left_out, found.raters)
        assert kendall_w(judges.iloc[1:]).w == pytest.approx(found.w)

    @pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
    def test_krippendorff(self, shared, level):
        """Krippendorff's own example (2011), with gaps: .743, .815, .849, here to R's digits."""
        found = results(shared, "krippendorff_example")
        example = pd.DataFrame(found["matrix"]["value"]["values"], dtype=float)

        assert found[f"alpha_{level}"]["value"]["alpha"] == pytest.approx(krippendorff_alpha(example, level), rel=1e-9)

    def test_krippendorff_beside_fleiss(self, shared):
        """For complete nominal data 1 - alpha is (N - 1)/N times 1 - Fleiss's kappa, with N ratings in all (Krippendorff 2011).

        R's irr 0.84 gives other values for complete data: it leaves out the division by the number of other raters.
        """
        table = pd.read_csv(shared / "r" / "irr_diagnoses.csv")
        ratings = table.apply(lambda column: column.str[0].astype(float)).T
        kappa = results(shared, "diagnoses")["fleiss"]["value"]["value"]

        assert 1 - (1 - kappa) * (ratings.size - 1) / ratings.size == pytest.approx(
            krippendorff_alpha(ratings, "nominal"), rel=1e-9
        )

    @pytest.mark.parametrize(("unit", "average"), [("single", False), ("average", True)])
    def test_intraclass(self, shared, anxiety, unit, average):
        """R's irr::icc(model = twoway, type = agreement), value and interval."""
        expected = results(shared, "anxiety")[f"icc_twoway_agreement_{unit}"]["value"]
        found = intraclass(anxiety, average=average)

        assert expected["value"] == pytest.approx(found.icc, rel=1e-9)
        if not average:
            assert (expected["lbound"], expected["ubound"]) == (
                pytest.approx(found.low, rel=1e-9),
                pytest.approx(found.high, rel=1e-9),
            )

    def test_nothing_to_compare(self):
        """One rater, or ratings that do not differ: no figure, no warning."""
        one = pd.DataFrame([[1.0, 2.0, 3.0]])
        same = pd.DataFrame([[2.0, 2.0], [2.0, 2.0]])

        assert np.isnan(kendall_w(one).w)
        assert np.isnan(kendall_w(same).w)
        assert np.isnan(krippendorff_alpha(same))
        assert np.isnan(intraclass(one).icc)

    def test_the_order_of_experts_and_items_has_no_effect(self, judges):
        """All figures follow ids."""
        turned = judges.iloc[::-1, ::-1]
        assert kendall_w(judges).w == pytest.approx(kendall_w(turned).w)
        assert krippendorff_alpha(judges) == pytest.approx(krippendorff_alpha(turned))
        assert intraclass(judges).icc == pytest.approx(intraclass(turned).icc)
