// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/registry.h>
#include <nodal/data/sampler.h>
#include <nodal/pde/discretized_equation.h>
#include <nodal/pde/steady_system.h>
#include <nodal/solver/krylov_solver.h>
#include <nodal/solver/lanczos.h>
#include <nodal/solver/mass_solver.h>
#include <nodal/solver/precondition.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nodal
{
  using namespace dealii;

  namespace
  {
    /**
     * Sources for operators that shall precondition: what residuals are made
     * of. The load of a sample is a combination of Ritz vectors of its matrix,
     * D v with A v ≈ θ D v, D the diagonal of the mass matrix, with normal
     * factors, nine times as large for the lower half of the spectrum (Kaneda
     * et al.: A deep conjugate direction method for iteratively solving linear
     * systems, ICML 2023). For a share of the samples, it is then replaced by
     * the residual that some iterations of the flexible conjugate gradients
     * with a preconditioner leave, which may be the network as trained so far.
     * The source is the function that has this load, of root mean square one.
     * What iterations leave depends on the ranks where their preconditioner
     * does; combinations alone do not.
     */
    template <int dim>
    class RitzVectors : public Sampler<dim>
    {
    public:
      void add_parameters(Parameters &prm) override
      {
        prm.add("Steps", n_steps,
                "Of Lanczos' method, as many as there are Ritz vectors.", 2,
                2000);
        prm.add("Lower weight", lower_weight,
                "Of the lower half of the Ritz vectors, against the others.",
                0.);
        prm.add("Share of residuals", share,
                "Of samples whose load is the residual after some iterations.",
                0., 1.);
        prm.add("Most iterations", most_iterations,
                "Their number is drawn between 1 and this.", 1, 100000);
        prm.add("Preconditioner", preconditioner_name,
                "With which these iterations are done.");
        prm.add("Settings", settings,
                "Its parameters, as in 'Model = output/model; Smoother = "
                "ssor'.");
      }

      bool needs_system() const override
      {
        return true;
      }

      bool is_closed_form() const override
      {
        return false;
      }

      void prepare(const Sites<dim> &new_sites) override
      {
        sites = &new_sites;
        volume = 0;
        for (const auto &cell :
             sites->space.mesh->triangulation().active_cell_iterators())
          if (cell->is_locally_owned())
            volume += cell->measure();
        MPI_Allreduce(MPI_IN_PLACE, &volume, 1, MPI_DOUBLE, MPI_SUM,
                      sites->space.mesh->comm);
        mass_solver.reset();
        preconditioner.reset();
      }

      void set_system(Mat A) override
      {
        const DiscretizedEquation *const equation = equation_of(A);
        if (!equation || !equation->is_spd())
          throw BadInput("The sampler 'ritz vectors' needs a linear problem "
                         "with a symmetric positive definite matrix; choose "
                         "another one.");
        matrix = A;
      }

      void sample(Random random, const unsigned int n_components,
                  std::vector<double> &values) override
      {
        const Space<dim> &space = sites->space;
        if (n_components != space.n_components)
          throw BadInput("The sampler 'ritz vectors' is for sources with as "
                         "many components as the solution has.");
        DiscretizedEquation &equation = *equation_of(matrix);
        const Mat mass = equation.mass_matrix();
        VecHandle load = combination(random, equation.constrained_rows(), mass);
        if (random.uniform() < share)
          iterate(1 + unsigned(random.uniform() * most_iterations), load);
        // The source with this load.
        if (!mass_solver)
          mass_solver = make_mass_solver(mass, 1e-12);
        const VecHandle source = duplicate(load);
        NODAL_PETSC(KSPSolve(mass_solver, load, source));
        double square = 0;
        NODAL_PETSC(VecDot(source, load, &square));
        if (!(square > 0))
          throw NumericalFailure("The sampler 'ritz vectors' got a load that "
                                 "is zero or no number.");
        NODAL_PETSC(VecScale(source, std::sqrt(volume / square)));
        equation.follow(source);
        FieldVector field = space.vector();
        copy(source, field);
        values.resize(sites->points.size() * n_components);
        for (std::size_t k = 0; k < sites->points.size(); ++k)
          for (unsigned int c = 0; c < n_components; ++c)
            values[k * n_components + c] = field(
                space.scalar_relevant.nth_index_in_set(k) * n_components + c);
      }

    private:
      /// Numbers of a sample: factors first, then those of nodes.
      static constexpr std::uint32_t first_of_nodes = 1u << 16;

      VecHandle combination(const Random &random,
                            const std::vector<bool> &is_constrained, Mat mass)
      {
        const Space<dim> &space = sites->space;
        const unsigned int n = space.n_components;
        VecHandle start, D;
        NODAL_PETSC(MatCreateVecs(mass, start.put(), D.put()));
        NODAL_PETSC(MatGetDiagonal(mass, D));
        double *entries = nullptr;
        NODAL_PETSC(VecGetArrayWrite(start, &entries));
        std::size_t row = 0;
        for (const types::global_dof_index dof : space.scalar_owned)
        {
          const std::uint64_t number =
              sites->numbering
                  .node_number[space.scalar_relevant.index_within_set(dof)];
          for (unsigned int c = 0; c < n; ++c, ++row)
            entries[row] =
                is_constrained[row]
                    ? 0
                    : random.normal_at(first_of_nodes + number * n + c);
        }
        NODAL_PETSC(VecRestoreArrayWrite(start, &entries));
        const RitzPairs pairs(matrix, D, start, n_steps);
        std::vector<double> factors;
        for (std::size_t i = 0; i < pairs.values().size(); ++i)
          factors.push_back((2 * i < pairs.values().size() ? lower_weight : 1) *
                            random.normal_at(i));
        VecHandle result = pairs.combination(factors);
        NODAL_PETSC(VecPointwiseMult(result, result, D));
        return result;
      }

      /// Replace @p load by what @p n iterations leave of it.
      void iterate(const unsigned int n, VecHandle &load)
      {
        if (!preconditioner)
        {
          preconditioner = make_preconditioner(preconditioner_name, settings,
                                               "the sampler 'ritz vectors'");
          method = Registry<KrylovSolver>::create("fcg");
        }
        (*preconditioner)->update(matrix, true);
        SolveControl control;
        control.tolerance = std::numeric_limits<double>::min();
        control.max_iterations = n;
        const VecHandle x = duplicate(load);
        NODAL_PETSC(VecSet(x, 0));
        method->solve(matrix, x, load, **preconditioner, control, nullptr);
        VecHandle residual = duplicate(load);
        NODAL_PETSC(MatMult(matrix, x, residual));
        NODAL_PETSC(VecAYPX(residual, -1, load));
        double size = 0;
        NODAL_PETSC(VecNorm(residual, NORM_2, &size));
        if (std::isfinite(size) && size > 0)
          load = std::move(residual);
      }

      unsigned int n_steps = 100, most_iterations = 10;
      double lower_weight = 9, share = 0;
      std::string preconditioner_name = "ssor", settings;

      const Sites<dim> *sites = nullptr;
      Mat matrix = nullptr;
      double volume = 1;
      KSPHandle mass_solver;
      std::unique_ptr<Choice<Preconditioner>> preconditioner;
      std::unique_ptr<KrylovSolver> method;
    };
  } // namespace

  NODAL_REGISTER_DIM(Sampler, RitzVectors, "ritz vectors",
                     "For sources: combinations of Ritz vectors of the "
                     "sample's matrix and residuals of iterations with it, to "
                     "train operators that precondition.")
} // namespace nodal
