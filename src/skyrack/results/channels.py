"""The table of channels: every quantity that a run puts out, with its unit, its axes and one sentence.

Column metadata, documentation, axis labels and the API all read this table; a contract test holds the outputs against it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """One quantity of a run."""

    name: str
    unit: str
    """Suffix of SI names: w, j, k, s, frac, ..., or empty for a count or a text."""
    where: tuple[str, ...]
    """Where it is found: summary, shells (of the summary), fleet, shell_records, satellites, sampled, city_latency, routes,
    link_use, downlink, paths."""
    sentence: str
    is_signed: bool = False
    """May fall below zero, as a balance, a margin or a break-even point does; zero is then no absence of it."""

    @property
    def has_true_zero(self) -> bool:
        """Zero means that there is none of it, so that one value can be a share or a multiple of another.

        Not so for temperatures and angles, whose zero is a convention, and for signed quantities.
        """
        return not self.is_signed and self.unit not in _UNITS_WITHOUT_ZERO


_UNITS_WITHOUT_ZERO = ("k", "k_difference", "rad")

_S, _H, _F, _R, _SAT, _T = "summary", "shells", "fleet", "shell_records", "satellites", "sampled"
_C, _W, _L, _D, _P = "city_latency", "routes", "link_use", "downlink", "paths"

_QUANTILES = (("p05", "5 %"), ("p25", "25 %"), ("p50", "half"), ("p75", "75 %"), ("p95", "95 %"))
QUANTILE_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
QUANTILE_NAMES = tuple(name for name, _ in _QUANTILES)
QUANTILE_CHANNELS = {
    "compute_w": ("compute_power_per_sat_w", "w", "compute power of a satellite, mean over the record"),
    "charge_frac": ("charge_frac", "frac", "charge over present capacity at the end of the record"),
    "electronics_k": ("electronics_temp_k", "k", "electronics temperature at the end of the record"),
    "radiator_k": ("radiator_temp_k", "k", "radiator temperature at the end of the record"),
}


def quantile_column(histogram: str, quantile: str) -> str:
    """Name of the column that holds one quantile: `charge_p05_frac`."""
    name, unit, _ = QUANTILE_CHANNELS[histogram]
    return f"{name.removesuffix('_' + unit)}_{quantile}_{unit}"


CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("name", "", (_H,), "Name of the shell."),
        Channel("kind", "", (_H,), "Kind of orbit."),
        Channel("shell", "", (_R, _SAT, _T), "Name of the shell."),
        Channel("n_sats", "", (_S, _H), "Number of satellites."),
        Channel("span_s", "s", (_S,), "Time simulated."),
        Channel("step_s", "s", (_S,), "Time step."),
        Channel(
            "time_s",
            "s",
            (_F, _R, _T, _C, _W, _D, _P),
            "Time since the epoch: end of the record, end of the step, or time of the look at the network.",
        ),
        Channel("record_s", "s", (_F, _R), "Length of the record."),
        Channel(
            "altitude_m", "m", (_H, _SAT), "Altitude above the equatorial radius; of a shell, the mean of its layers."
        ),
        Channel("inclination_rad", "rad", (_H, _SAT), "Inclination of the orbit."),
        Channel("inclination_max_rad", "rad", (_S,), "Largest inclination in the fleet."),
        Channel("raan_rad", "rad", (_SAT,), "Right ascension of the ascending node at the epoch."),
        Channel("phase_rad", "rad", (_SAT,), "Argument of latitude at the epoch."),
        Channel("sunlit_frac_mean", "frac", (_S, _H), "Share of full sunlight, mean over satellites and time."),
        Channel(
            "sunlit_frac", "frac", (_F, _R, _SAT, _T), "Share of full sunlight, mean over the record, run or step."
        ),
        Channel("cos_sun", "", (_T,), "Cosine of the angle between satellite and Sun at the Earth's centre."),
        Channel(
            "longest_eclipse_s",
            "s",
            (_S, _H, _SAT),
            "Longest eclipse met, from edge to edge, penumbra counted by the hidden share of the Sun.",
        ),
        Channel("eclipses", "", (_SAT,), "Entries into shadow."),
        Channel("eclipses_per_sat_day", "", (_S, _H), "Entries into shadow for each satellite and day."),
        Channel("array_power_mean_w", "w", (_S, _H), "Electric power of the arrays, mean over time."),
        Channel("array_power_w", "w", (_F, _R), "Electric power of the arrays, mean over the record."),
        Channel("array_w", "w", (_T,), "Electric power of the array while lit."),
        Channel(
            "array_power_per_sat_lit_w", "w", (_S, _H), "Electric power of one array, mean over its time in sunlight."
        ),
        Channel(
            "array_yield_w_per_m2",
            "w_per_m2",
            (_S, _H),
            "Electric power for each square metre of array, mean over its time in sunlight.",
        ),
        Channel("surroundings_w", "w", (_T,), "Heat that the radiator takes from Earth and Sun."),
        Channel("load_w", "w", (_T,), "Compute and bus power served."),
        Channel("compute_power_mean_w", "w", (_S, _H), "Compute power served, mean over time."),
        Channel("compute_power_min_w", "w", (_S, _H), "Compute power served in the weakest record."),
        Channel("compute_power_w", "w", (_F, _R), "Compute power served, mean over the record."),
        Channel(
            "compute_power_per_sat_mean_w",
            "w",
            (_S, _H, _SAT),
            "Compute power served by one satellite, mean over time.",
        ),
        Channel("compute_nameplate_w", "w", (_S, _H), "Peak compute power of all satellites."),
        Channel("capacity_factor", "", (_S, _H), "Mean compute power served over nameplate."),
        Channel("bus_power_mean_w", "w", (_S, _H), "Bus power served, mean over time."),
        Channel("bus_power_w", "w", (_F, _R), "Bus power served, mean over the record."),
        Channel(
            "spilled_power_w", "w", (_F, _R), "Array power that neither load nor battery took, mean over the record."
        ),
        Channel("lost_power_w", "w", (_F, _R), "Power turned into heat in batteries, mean over the record."),
        Channel("shed_power_w", "w", (_F, _R), "Power asked for and not served, mean over the record."),
        Channel("discharged_power_w", "w", (_F, _R), "Power delivered by batteries, mean over the record."),
        Channel(
            "battery_depth_max_frac", "frac", (_S, _H, _SAT), "Deepest discharge, as a share of the first capacity."
        ),
        Channel(
            "charge_frac_mean",
            "frac",
            (_F, _R),
            "Charge over first capacity at the end of the record, mean over satellites.",
        ),
        Channel("charge_j", "j", (_T,), "Energy held by the battery at the end of the step."),
        Channel("radiator_temp_max_k", "k", (_S, _H, _SAT), "Hottest radiator."),
        Channel(
            "radiator_temp_mean_k",
            "k",
            (_S, _H, _F, _R),
            "Radiator temperature, mean over satellites and time.",
        ),
        Channel("electronics_temp_max_k", "k", (_S, _H, _SAT), "Hottest electronics."),
        Channel(
            "electronics_temp_mean_k",
            "k",
            (_S, _H, _F, _R),
            "Electronics temperature, mean over satellites and time.",
        ),
        Channel("electronics_k", "k", (_T,), "Electronics temperature at the end of the step."),
        Channel("radiator_k", "k", (_T,), "Radiator temperature at the end of the step."),
        Channel(
            "radiator_flux_mean_w_per_m2",
            "w_per_m2",
            (_S,),
            "Heat rejected for each square metre of radiator panel (both faces), mean over time.",
        ),
        Channel(
            "radiator_capacity_w_per_m2",
            "w_per_m2",
            (_S,),
            "Heat that each square metre of panel would reject at its temperature limit, near the sampled satellites.",
        ),
        Channel("radiator_net_20c_w_per_m2", "w_per_m2", (_S,), "The same at 20 degC."),
        Channel(
            "radiator_limit_margin_k",
            "k_difference",
            (_S,),
            "Radiator temperature limit less the hottest radiator; negative where the limit was passed.",
            is_signed=True,
        ),
        Channel(
            "throttled_frac",
            "frac",
            (_S, _H, _F, _R, _SAT),
            "Share of satellite time in which less than the request was served; a step counts whole.",
        ),
        Channel(
            "sunlight_energy_j",
            "j",
            (_S,),
            "Sunlight that would have fallen on the arrays, had they never been in shadow.",
        ),
        Channel("array_energy_j", "j", (_S,), "Electric energy that the arrays gave."),
        Channel("compute_energy_j", "j", (_S,), "Energy served to compute."),
        Channel("bus_energy_j", "j", (_S,), "Energy served to the buses."),
        Channel("stored_energy_j", "j", (_S,), "Energy in the batteries at the end less at the start.", is_signed=True),
        Channel("spilled_energy_j", "j", (_S, _H), "Array energy that neither load nor battery took."),
        Channel("lost_energy_j", "j", (_S,), "Energy turned into heat in batteries, or lost with faded capacity."),
        Channel("shed_energy_j", "j", (_S, _H), "Energy asked for and not served."),
        Channel(
            "energy_closure_frac",
            "frac",
            (_S,),
            "Array energy less all its uses, as a share of it: the error of the books.",
            is_signed=True,
        ),
        Channel("closed_mass_kg", "kg", (_S,), "Mass at launch of the satellite that would close."),
        Channel(
            "closed_power_per_mass_w_per_kg",
            "w_per_kg",
            (_S,),
            "Peak compute power of the satellite that would close, over its mass at launch.",
        ),
        Channel("closed_array_area_m2", "m2", (_S,), "Array of the satellite that would close."),
        Channel(
            "closed_radiator_area_m2", "m2", (_S,), "Radiator of the satellite that would close, each of two faces."
        ),
        Channel("mass_per_flight_kg", "kg", (_S,), "Largest mass of satellites on one flight of the build-out."),
        Channel("flights_per_year_most", "", (_S,), "Most flights in twelve months of the build-out."),
        Channel(
            "satellites_per_week_needed",
            "",
            (_S,),
            "Satellites a week, from the first month on, that would have the target at work on the wanted day.",
        ),
        Channel("flights_per_year_needed", "", (_S,), "Flights a year that this asks for."),
        Channel("compute_launched_per_year_most_w", "w", (_S,), "Most peak compute power launched in twelve months."),
        Channel("compute_installed_at_end_w", "w", (_S,), "Peak compute power at work at the end of the build-out."),
        Channel(
            "compute_delivered_at_end_w",
            "w",
            (_S,),
            "Mean compute power at the end of the build-out: as flown, less failed accelerators and what worn cells miss.",
        ),
        Channel("n_active_at_end", "", (_S,), "Satellites at work at the end of the build-out."),
        Channel("n_active_at_sites_at_end", "", (_S,), "Satellites at work beyond low orbits at its end. Speculative."),
        Channel(
            "compute_delivered_at_sites_at_end_w",
            "w",
            (_S,),
            "Mean compute power that those deliver, by the sunlight of their place. Speculative.",
        ),
        Channel(
            "orbit_usd_per_gpu_hour",
            "usd_per_gpu_hour",
            (_S,),
            "Levelised cost of an accelerator hour sold from the fleet; null where nothing can be priced.",
        ),
        Channel("ground_usd_per_gpu_hour", "usd_per_gpu_hour", (_S,), "The same from the rival on the ground."),
        Channel(
            "orbit_usd_per_kw_year", "usd_per_kw_year", (_S,), "Levelised cost of a kilowatt of computers at work."
        ),
        Channel("ground_usd_per_kw_year", "usd_per_kw_year", (_S,), "The same from the rival on the ground."),
        Channel("cost_ratio", "", (_S,), "Cost of the same work from the fleet over that from its rival."),
        Channel("cost_ratio_at_start", "", (_S,), "The same for the satellites of the first year."),
        Channel("cost_ratio_least", "", (_S,), "The same for the satellites of the cheapest year."),
        Channel(
            "breakeven_launch_usd_per_kg",
            "usd_per_kg",
            (_S,),
            "Price of launch at which both cost the same; negative where free launches would not do.",
            is_signed=True,
        ),
        Channel(
            "capital_to_target_usd",
            "usd",
            (_S,),
            "Capital paid up to and with the year in which nearly all of the target is first at work, or ever.",
        ),
        Channel("funding_need_usd", "usd", (_S,), "Deepest point of the money in hand, revenue counted, no interest."),
        Channel("npv_usd", "usd", (_S,), "Net present value of the build-out at its cost of capital.", is_signed=True),
        Channel(
            "proton_flux_mean_per_m2_s",
            "per_m2_s",
            (_S, _H, _F, _R, _SAT),
            "Trapped protons above 30 MeV met outside, mean over satellites and the record or run.",
        ),
        Channel(
            "dose_per_year_gy",
            "gy",
            (_S,),
            "Dose of trapped radiation in a year, each shell behind the wall that keeps its limit, at most 20 mm; mean.",
        ),
        Channel("dose_of_life_most_gy", "gy", (_S,), "The same over the design's life, in the worst shell."),
        Channel(
            "silent_errors_per_sat_year",
            "",
            (_S,),
            "Results of a satellite's accelerators silently made wrong by trapped protons in a year.",
        ),
        Channel(
            "interruptions_per_sat_year",
            "",
            (_S,),
            "Uncorrectable errors, resets and crashes of a satellite's computers by trapped protons in a year.",
        ),
        Channel(
            "training_goodput_frac",
            "frac",
            (_S,),
            "Useful arithmetic of the training job over what its accelerators would do at full power and without losses.",
        ),
        Channel("training_days", "", (_S,), "Days that the training job takes; null where there is none that can be."),
        Channel("interruptions_per_day", "", (_S,), "Interruptions of the training job's satellites in a day."),
        Channel(
            "tokens_per_s",
            "tokens_per_s",
            (_S,),
            "Tokens that the fleet writes in a second while its serving job is looked at.",
        ),
        Channel("ttft_p50_s", "s", (_S,), "Time to the first token at the user, there and back, median over answers."),
        Channel("ttft_p99_s", "s", (_S,), "The same, of all but the slowest hundredth."),
        Channel("tokens_per_j", "tokens_per_j", (_S,), "Tokens for each joule that accelerators and hosts draw."),
        Channel("usd_per_mtoken", "usd_per_mtoken", (_S,), "Levelised cost of a million tokens served from the fleet."),
        Channel(
            "ground_usd_per_mtoken", "usd_per_mtoken", (_S,), "The same from the rival on the ground, as served there."
        ),
        Channel("serving_goodput_frac", "frac", (_S,), "Share of all requests that are answered within the target."),
        Channel(
            "available_frac",
            "frac",
            (_S,),
            "Share of the fleet that is up: not rebooting, in a storm or out by a fault of its batch.",
        ),
        Channel(
            "rtt_median_ms",
            "ms",
            (_S,),
            "Round trip of light between the routed cities over the satellites, median over pairs and looks that have a way.",
        ),
        Channel("route_hops_median", "", (_S,), "Links on such a way, those to the ground counted, median."),
        Channel(
            "nearest_rtt_median_ms",
            "ms",
            (_S,),
            "Round trip of light from a city to the nearest compute satellite, median over cities and looks that reach one.",
        ),
        Channel("nearest_reachable_frac", "frac", (_S,), "Share of cities and looks that reach a compute satellite."),
        Channel(
            "handover_median_s",
            "s",
            (_S,),
            "Time until the satellite that was nearest has set and a city is handed over, median over cities, to 15 s.",
        ),
        Channel(
            "link_rate_bit_per_s_mean",
            "bit_per_s",
            (_S,),
            "Rate of a laser link that is up, each way, mean over looks.",
        ),
        Channel("links_up_frac", "frac", (_S,), "Share of the laser links that are up, mean over looks."),
        Channel(
            "bisection_bit_per_s",
            "bit_per_s",
            (_S,),
            "Least rate found, each way, between two halves of the largest connected part of the network.",
        ),
        Channel("network_parts", "", (_S,), "Parts of the network between which no laser link is up."),
        Channel(
            "throughput_bit_per_s",
            "bit_per_s",
            (_S,),
            "What demands between cities carry, all raised alike until some link is full; null where none has a way.",
        ),
        Channel(
            "downlink_bit_per_s_mean",
            "bit_per_s",
            (_S,),
            "What the ground stations take from the fleet, mean over time, with the weather of their sites.",
        ),
        Channel(
            "downlink_available_frac",
            "frac",
            (_S,),
            "Share of time in which some station has a satellite overhead and a usable sky.",
        ),
        Channel(
            "all_reduce_s",
            "s",
            (_S,),
            "Time in which a formation, or an orbital plane, adds up a gradient over a tree of its links.",
        ),
        Channel("neighbour_distance_min_m", "m", (_S,), "Least distance of neighbours in a formation, over an orbit."),
        Channel(
            "neighbour_distance_max_m", "m", (_S,), "Largest distance of neighbours in a formation, over an orbit."
        ),
        Channel(
            "formation_keeping_m_per_s_per_year_km",
            "m_per_s_per_year_km",
            (_S,),
            "Speed a year that holding a formation against the Earth's flattening takes, for each kilometre from its middle.",
        ),
        Channel("city", "", (_C,), "Name of the city."),
        Channel("from_city", "", (_W, _P), "City at one end."),
        Channel("to_city", "", (_W, _P), "City at the other end."),
        Channel("rtt_ms", "ms", (_C, _W), "Round trip of light over the shortest way; empty where there is none."),
        Channel("hops", "", (_C, _W), "Links of that way, those to the ground counted; empty where there is none."),
        Channel("satellite", "", (_C,), "Number of the nearest compute satellite, in the order of the shells."),
        Channel("why_not", "", (_C, _W), "Why there is no way; empty where there is one."),
        Channel("step", "", (_P,), "Place of the satellite on the way, from 1 on."),
        Channel("on_satellite", "", (_P,), "Number of the satellite, in the order of the shells."),
        Channel("from_satellite", "", (_L,), "Number of the satellite that sends, in the order of the shells."),
        Channel("to_satellite", "", (_L,), "Number of the satellite that receives."),
        Channel("rate_bit_per_s", "bit_per_s", (_L,), "What the link carries one way."),
        Channel("flow_bit_per_s", "bit_per_s", (_L,), "What it carries of the demands at the first look."),
        Channel("utilisation_frac", "frac", (_L,), "Flow over rate."),
        *(
            Channel(
                f"{which}_{axis}_rad",
                "rad",
                (_L,),
                f"{axis.capitalize()} below the satellite that {what}, at the first look, from the Earth's centre.",
            )
            for which, what in (("from", "sends"), ("to", "receives"))
            for axis in ("latitude", "longitude")
        ),
        Channel("downlink_bit_per_s", "bit_per_s", (_D,), "What comes down, expected with the weather."),
        Channel("downlink_p05_bit_per_s", "bit_per_s", (_D,), "5 % of the drawn skies bring less."),
        Channel("downlink_p95_bit_per_s", "bit_per_s", (_D,), "95 % of the drawn skies bring less."),
        Channel("clear_sky_bit_per_s", "bit_per_s", (_D,), "What would come down under clear skies."),
        Channel(
            "sat_steps_per_s", "per_s", (_S,), "Satellite steps flown in a second, compilation and output left out."
        ),
        Channel("wall_s", "s", (_S,), "Time that the run took, this process alone."),
        Channel("peak_rss_bytes", "bytes", (_S,), "Largest resident memory of the process."),
        Channel("sample", "", (_T,), "Number of the sampled satellite."),
        *(
            Channel(
                quantile_column(histogram, quantile),
                QUANTILE_CHANNELS[histogram][1],
                (_F, _R),
                f"{share} of the satellites stay below this {QUANTILE_CHANNELS[histogram][2]}.".capitalize()
                if share == "half"
                else f"{share} of the satellites stay below this {QUANTILE_CHANNELS[histogram][2]}.",
            )
            for histogram in QUANTILE_CHANNELS
            for quantile, share in _QUANTILES
        ),
    )
}

TIMINGS = ("sat_steps_per_s", "wall_s", "peak_rss_bytes")
"""Channels of the summary that differ between two runs of the same scenario."""


def channels_of(where: str) -> list[Channel]:
    """The channels found in one place, in the order of the table."""
    return [channel for channel in CHANNELS.values() if where in channel.where]
