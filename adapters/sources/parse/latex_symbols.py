"""What commands of LaTeX stand for, as characters. Only what abstracts on arXiv use; the captured week was counted for it."""

from __future__ import annotations

from typing import Final

GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ",
    "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ",
    "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

SIGNS: Final = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "•", "oplus": "⊕", "otimes": "⊗",
    "odot": "⊙", "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥", "neq": "≠", "ne": "≠", "ll": "≪", "gg": "≫",
    "approx": "≈", "sim": "∼", "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝", "asymp": "≍", "lesssim": "≲", "gtrsim": "≳", "prec": "≺",
    "succ": "≻", "preceq": "⪯", "succeq": "⪰", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇",
    "cup": "∪", "cap": "∩", "setminus": "∖", "emptyset": "∅", "varnothing": "∅", "forall": "∀", "exists": "∃", "neg": "¬", "lnot": "¬", "land": "∧",
    "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→", "longrightarrow": "→", "Rightarrow": "⇒", "implies": "⇒", "leftarrow": "←",
    "Leftarrow": "⇐", "leftrightarrow": "↔", "Leftrightarrow": "⇔", "iff": "⇔", "mapsto": "↦", "uparrow": "↑", "downarrow": "↓", "infty": "∞",
    "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏", "int": "∫", "oint": "∮", "ell": "ℓ", "hbar": "ℏ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ",
    "top": "⊤", "bot": "⊥", "perp": "⊥", "parallel": "∥", "mid": "|", "vert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|",
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮",
    "degree": "°", "prime": "′", "dagger": "†", "ddagger": "‡", "S": "§", "copyright": "©", "checkmark": "✓", "textasciitilde": "~", "textbackslash": "\\",
    "triangle": "△", "square": "□", "diamond": "⋄", "textdegree": "°", "texttimes": "×", "textpm": "±", "colon": ":", "lbrace": "{", "rbrace": "}",
    "textasciicircum": "^", "textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "textbraceleft": "{", "textbraceright": "}",
    "textquotesingle": "'", "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "textquotedbl": '"',
    "textendash": "–", "textemdash": "—", "textellipsis": "…", "textbullet": "•", "textperiodcentered": "·", "textregistered": "®", "texttrademark": "™",
    "quad": " ", "qquad": " ", "space": " ", "newline": " ", "par": " ", "item": " ", "xspace": "",
}  # fmt: skip

WORDS: Final = frozenset(
    "log ln lg exp sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh max min sup inf lim limsup liminf arg argmax argmin det dim ker "
    "deg gcd hom Pr mod bmod rank tr Tr diag sgn".split()
)
"""Operators whose name is what is read."""

OWN: Final = {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "ie": "i.e.", "eg": "e.g.", "etal": "et al."}
"""Commands that LaTeX does not know and many authors define alike."""

SWITCHES: Final = frozenset(
    "bf it em rm sf tt sc sl bfseries itshape rmfamily sffamily ttfamily scshape mdseries upshape normalfont small large Large tiny footnotesize "
    "normalsize centering noindent displaystyle textstyle left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr limits nolimits "
    "protect relax mathstrut strut allowbreak nobreak linebreak smallskip medskip bigskip leavevmode".split()
)
"""Commands that change how something looks and say nothing themselves."""

MARKS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0305", "underline": "\u0332",
    "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300",
}  # fmt: skip
"""Marks over and under a single sign."""

DOUBLE_STRUCK: Final = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ", "E": "𝔼", "1": "𝟙"}

RAISED: Final = dict(zip("0123456789+-=()ni−∘⊤′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ⁻°ᵀ′", strict=True))
LOWERED: Final = dict(zip("0123456789+-=()−", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎₋", strict=True))
