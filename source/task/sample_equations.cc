// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/learn/sample_set.h>
#include <nodal/pde/boundary_dofs.h>
#include <nodal/task/sample_equations.h>

#include "v_cycles.h"

#include <algorithm>
#include <cmath>

namespace nodal
{
  using namespace dealii;

  /// What samples of one matrix share. Indices are degrees of freedom.
  struct SystemOfSamples
  {
    /// The row of a hanging node: diagonal × (value − Σ weight × others).
    struct HangingRow
    {
      unsigned int dof;
      double diagonal;
      std::vector<std::pair<unsigned int, double>> others;
    };

    MatHandle matrix;
    std::unique_ptr<Preconditioner> preconditioner;
    std::vector<unsigned int> dofs; ///< of values in the order of Numbering
    std::vector<unsigned int> dirichlet;
    std::vector<HangingRow> hanging;
    VecHandle x, y; ///< to work with
  };

  namespace
  {
    /// The entries of a vector of PETSc, for a while.
    class Entries
    {
    public:
      explicit Entries(Vec vector) : vector(vector)
      {
        NODAL_PETSC(VecGetArray(vector, &values));
      }
      Entries(const Entries &) = delete;

      ~Entries()
      {
        VecRestoreArray(vector, &values);
      }

      double &operator[](const std::size_t i)
      {
        return values[i];
      }

    private:
      Vec vector;
      double *values = nullptr;
    };

    class AssembledEquation : public SampleEquation
    {
    public:
      AssembledEquation(std::shared_ptr<const SystemOfSamples> system,
                        std::vector<double> rhs)
          : system(std::move(system)), rhs(std::move(rhs))
      {
      }

      std::vector<double> residual(const std::vector<double> &u) const override
      {
        to_x(u);
        NODAL_PETSC(MatMult(system->matrix, system->x, system->y));
        {
          Entries x(system->x), r(system->y);
          for (std::size_t i = 0; i < rhs.size(); ++i)
            r[i] = rhs[i] - r[i];
          for (const auto &row : system->hanging)
            for (const auto &[other, weight] : row.others)
              r[row.dof] += row.diagonal * weight * x[other];
          for (const unsigned int i : system->dirichlet)
            r[i] = 0;
        }
        return from_y();
      }

      std::vector<double>
      apply_transposed(const std::vector<double> &z) const override
      {
        to_x(z);
        clear_dirichlet(system->x);
        NODAL_PETSC(MatMultTranspose(system->matrix, system->x, system->y));
        {
          Entries x(system->x), y(system->y);
          for (const auto &row : system->hanging)
            for (const auto &[other, weight] : row.others)
              y[other] -= row.diagonal * weight * x[row.dof];
        }
        return from_y();
      }

      std::vector<double>
      precondition(const std::vector<double> &r) const override
      {
        // Not all preconditioners take what is no number.
        if (!std::all_of(r.begin(), r.end(),
                         [](const double x) { return std::isfinite(x); }))
          return std::vector<double>(r.size(), std::nan(""));
        to_x(r);
        clear_dirichlet(system->x);
        system->preconditioner->apply(system->x, system->y);
        clear_dirichlet(system->y);
        return from_y();
      }

    private:
      void to_x(const std::vector<double> &values) const
      {
        Entries x(system->x);
        for (std::size_t i = 0; i < values.size(); ++i)
          x[system->dofs[i]] = values[i];
      }

      std::vector<double> from_y() const
      {
        Entries y(system->y);
        std::vector<double> values(rhs.size());
        for (std::size_t i = 0; i < values.size(); ++i)
          values[i] = y[system->dofs[i]];
        return values;
      }

      void clear_dirichlet(Vec vector) const
      {
        Entries entries(vector);
        for (const unsigned int i : system->dirichlet)
          entries[i] = 0;
      }

      const std::shared_ptr<const SystemOfSamples> system;
      const std::vector<double> rhs; ///< by degree of freedom
    };

    /// The rows of hanging nodes; where those have Dirichlet values, they are
    /// in both lists, and nothing comes of the first.
    template <int dim>
    void find_constraints(const SampleSystems<dim> &systems,
                          SystemOfSamples &result)
    {
      const Space<dim> &space = systems.present_space();
      for (const BoundaryDof<dim> &b :
           find_boundary_dofs(space, systems.boundary()))
        result.dirichlet.push_back(b.dof);
      for (const auto &line : space.hanging_nodes.get_lines())
      {
        const PetscInt i = line.index;
        SystemOfSamples::HangingRow row;
        row.dof = i;
        NODAL_PETSC(MatGetValue(result.matrix, i, i, &row.diagonal));
        for (const auto &[other, weight] : line.entries)
          row.others.emplace_back(other, weight);
        result.hanging.push_back(row);
      }
    }
  } // namespace

  template <int dim>
  SampleEquations<dim>::SampleEquations(const DatasetReader &data,
                                        std::string preconditioner)
      : systems(data), preconditioner(std::move(preconditioner))
  {
    if (!systems.is_linear())
      throw BadInput("The problem '" + data.problem() + "' of '" + data.file() +
                     "' is not linear: its samples have no matrix, which "
                     "the losses 'fem residual' and 'energy' and operators "
                     "that know the matrix need; choose others.");
  }

  template <int dim>
  std::shared_ptr<const SystemOfSamples> SampleEquations<dim>::make_system()
  {
    auto result = std::make_shared<SystemOfSamples>();
    result->matrix = duplicate(systems.matrix());
    result->x = duplicate(systems.rhs());
    result->y = duplicate(systems.rhs());
    const Space<dim> &space = systems.present_space();
    const unsigned int n = space.n_components;
    result->dofs.resize(space.dofs.n_dofs());
    const auto &number = systems.present_numbering().node_number;
    for (std::size_t i = 0; i < number.size(); ++i)
      for (unsigned int c = 0; c < n; ++c)
        result->dofs[number[i] * n + c] = i * n + c;
    find_constraints(systems, *result);
    result->preconditioner =
        preconditioner == "boomeramg"
            ? classical_v_cycle()
            : Registry<Preconditioner>::create(preconditioner);
    result->preconditioner->update(result->matrix, systems.is_spd());
    const OperatorTraits traits = result->preconditioner->traits();
    if (!traits.is_linear || !traits.is_spd)
      throw BadInput("The preconditioner '" + preconditioner +
                         "' is not symmetric positive definite for this "
                         "problem, which the loss needs; 'none' is.",
                     "Training/Losses/fem residual/Preconditioner");
    // Some set up their parts when they are first used.
    NODAL_PETSC(VecSet(result->x, 1));
    result->preconditioner->apply(result->x, result->y);
    result->preconditioner->finish();
    ++n_made;
    return result;
  }

  template <int dim>
  std::shared_ptr<const SampleEquation>
  SampleEquations<dim>::make(const unsigned int sample)
  {
    systems.assemble(sample);
    if (!shared || !systems.has_one_matrix())
      shared = make_system();
    const double *values = nullptr;
    std::vector<double> rhs(shared->dofs.size());
    NODAL_PETSC(VecGetArrayRead(systems.rhs(), &values));
    std::copy_n(values, rhs.size(), rhs.begin());
    NODAL_PETSC(VecRestoreArrayRead(systems.rhs(), &values));
    return std::make_shared<AssembledEquation>(shared, std::move(rhs));
  }

  template <int dim>
  unsigned int add_equations(SampleSet &set, const std::string &preconditioner,
                             const bool must_be_spd)
  {
    const DatasetReader reader(set.file);
    SampleEquations<dim> equations(reader, preconditioner);
    if (must_be_spd && !equations.are_spd())
      throw BadInput("The problem '" + reader.problem() + "' of '" + set.file +
                         "' does not promise symmetric positive definite "
                         "matrices, which the loss needs; choose 'relative "
                         "l2'.",
                     "Training/Loss");
    for (GraphSample &sample : set.samples)
      sample.equation = equations.make(sample.id);
    return equations.n_matrices();
  }

  template unsigned int add_equations<2>(SampleSet &, const std::string &,
                                         bool);
  template unsigned int add_equations<3>(SampleSet &, const std::string &,
                                         bool);
  template class SampleEquations<2>;
  template class SampleEquations<3>;
} // namespace nodal
