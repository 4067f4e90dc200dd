// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/text.h>
#include <nodal/pde/boundary_conditions.h>
#include <nodal/pde/expressions.h>

namespace nodal
{
  using namespace dealii;

  std::string to_string(const BoundaryType type)
  {
    switch (type)
    {
    case BoundaryType::dirichlet:
      return "Dirichlet";
    case BoundaryType::neumann:
      return "Neumann";
    case BoundaryType::robin:
      return "Robin";
    default:
      return "Impedance";
    }
  }

  template <int dim>
  void BoundaryConditions<dim>::add_parameters(Parameters &prm)
  {
    Parameters::Section section(prm, "Boundary conditions");
    path = prm.path("");
    const std::string format =
        " List of `ids: expression`, separated by `;`, ids by `,`, "
        "components by `|`. `*` stands for all ids that are not named.";
    const std::string zero = " `0` alone is zero in all components.";
    prm.add("Dirichlet", text[BoundaryType::dirichlet],
            "Where the solution is given: u = g." + format + zero);
    prm.add("Neumann", text[BoundaryType::neumann],
            "Where the conormal derivative (flux, traction) is given: q = g." +
                format + zero);
    prm.add("Robin", text[BoundaryType::robin],
            "Where q + alpha u = g. The components of g, then alpha." + format);
    prm.add("Impedance", text[BoundaryType::impedance],
            "Helmholtz only: q - i k u = g, g by real and imaginary part." +
                format + zero);
    prm.add("Sampled boundaries", sampled_text,
            "Boundaries whose value g is the input `boundary value` where that "
            "varies: ids separated by `,`. On Neumann, Robin and impedance "
            "boundaries g is then interpolated from the nodes. `*` stands for "
            "all Dirichlet boundaries.");
  }

  namespace
  {
    /// One `ids: expression` of an entry.
    struct Item
    {
      std::vector<std::string> ids;
      std::string expression;
    };

    std::vector<Item> parse_items(const std::string &text,
                                  const std::string &entry)
    {
      std::vector<Item> items;
      for (const std::string &part : split(text, ';'))
      {
        if (part.empty())
          continue;
        const std::size_t colon = part.find(':');
        if (colon == std::string::npos || trim(part.substr(0, colon)).empty())
          throw BadInput("'" + part +
                             "' is not of the form 'ids: "
                             "expression'.",
                         entry);
        items.push_back(
            {split(part.substr(0, colon), ','), trim(part.substr(colon + 1))});
      }
      return items;
    }

    types::boundary_id parse_id(const std::string &word,
                                const std::set<types::boundary_id> &ids,
                                const std::string &entry)
    {
      std::vector<std::string> known;
      for (const types::boundary_id id : ids)
      {
        if (word == std::to_string(id))
          return id;
        known.push_back(std::to_string(id));
      }
      throw BadInput("The mesh has no boundary id '" + word +
                         "'; it has: " + join(known, ", ") + ".",
                     entry);
    }
  } // namespace

  template <int dim>
  void BoundaryConditions<dim>::parse(const unsigned int n_components,
                                      const std::set<types::boundary_id> &ids,
                                      const std::set<BoundaryType> &known)
  {
    conditions.clear();
    BoundaryCondition<dim> others;
    for (const auto &[type, entry_text] : text)
    {
      const std::string entry = path + to_string(type);
      const unsigned int n =
          n_components + (type == BoundaryType::robin ? 1 : 0);
      for (const Item &item : parse_items(entry_text, entry))
      {
        if (known.count(type) == 0)
          throw BadInput(
              "The problem has no " + to_string(type) + " conditions.", entry);
        std::string expression = item.expression;
        if (expression == "0" && type != BoundaryType::robin)
          for (unsigned int c = 1; c < n; ++c)
            expression += "|0";
        const BoundaryCondition<dim> condition = {
            type, parse_expression<dim>(expression, n, {}, entry, '|')};
        for (const std::string &word : item.ids)
          if (word == "*")
          {
            if (others.value)
              throw BadInput("A second condition for all other "
                             "boundaries, '*'.",
                             entry);
            others = condition;
          }
          else if (!conditions.emplace(parse_id(word, ids, entry), condition)
                        .second)
            throw BadInput(
                "Boundary " + word + " has two conditions; remove one.", entry);
      }
    }
    for (const types::boundary_id id : ids)
      if (conditions.count(id) == 0)
      {
        if (!others.value)
          throw BadInput("Boundary " + std::to_string(id) +
                             " of the mesh has no condition; name it, or "
                             "'*' for all others.",
                         path + "Dirichlet");
        conditions[id] = others;
      }

    sampled.clear();
    for (const std::string &word : split(sampled_text, ','))
      if (word == "*")
      {
        for (const auto &[id, condition] : conditions)
          if (condition.type == BoundaryType::dirichlet)
            sampled.insert(id);
      }
      else
        sampled.insert(parse_id(word, ids, path + "Sampled boundaries"));
  }

  template <int dim>
  bool BoundaryConditions<dim>::samples_natural() const
  {
    for (const types::boundary_id id : sampled)
    {
      const auto found = conditions.find(id);
      if (found != conditions.end() &&
          found->second.type != BoundaryType::dirichlet)
        return true;
    }
    return false;
  }

  template <int dim>
  void BoundaryConditions<dim>::set_dirichlet(
      const std::set<types::boundary_id> &ids,
      std::shared_ptr<const Function<dim>> value)
  {
    for (const types::boundary_id id : ids)
      conditions[id] = {BoundaryType::dirichlet, value};
  }

  template class BoundaryConditions<2>;
  template class BoundaryConditions<3>;
} // namespace nodal
