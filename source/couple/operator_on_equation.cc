// SPDX-License-Identifier: LGPL-2.1-or-later
#include "operator_on_equation.h"

#include "read_on_all_ranks.h"

#include <nodal/core/coordinates.h>
#include <nodal/core/text.h>
#include <nodal/learn/lift.h>
#include <nodal/learn/model.h>
#include <nodal/pde/discretized_equation.h>
#include <nodal/solver/mass_solver.h>

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nodal
{
  OperatorOnEquation::OperatorOnEquation(std::string who) : who(std::move(who))
  {
  }

  OperatorOnEquation::~OperatorOnEquation() = default;

  void OperatorOnEquation::add_parameters(Parameters &prm)
  {
    prm.add("Model", folder,
            "The folder of an operator from 'nodal train', for the problem "
            "that is solved.");
  }

  bool OperatorOnEquation::prepare(Mat A)
  {
    equation = equation_of(A);
    const Coordinates *const coordinates =
        equation ? nullptr : coordinates_of(A);
    const bool is_trial = coordinates && coordinates->dim == 0;
    if (!equation && !is_trial)
      throw BadInput(who + " has to know the mesh and the fields behind the "
                           "matrix, which only matrices of nodal's linear "
                           "problems tell: choose another one.");
    read_on_all_ranks(model, folder, A,
                      who + " needs a trained operator: name its folder in "
                            "'Model'.");
    if (is_trial)
      return false;
    check_fit();
    if (equation->piece() != piece)
      take_mesh();
    take_fields();
    diagonal = duplicate(load);
    NODAL_PETSC(MatGetDiagonal(A, diagonal));
    return true;
  }

  namespace
  {
    /// The name of each component of those @p fields that are in @p chosen.
    std::vector<std::string>
    components(const std::vector<FieldDescription> &fields,
               const std::vector<std::string> &chosen)
    {
      std::vector<std::string> result;
      for (const FieldDescription &field : fields)
        if (std::find(chosen.begin(), chosen.end(), field.name) != chosen.end())
          result.insert(result.end(), field.n_components, field.name);
      return result;
    }
  } // namespace

  void OperatorOnEquation::check_fit() const
  {
    const ModelDescription &description = model->description;
    const std::string where = "The operator in '" + folder + "' ";
    if (description.problem != equation->problem())
      throw BadInput(where + "was trained for problem '" + description.problem +
                     "', and this is '" + equation->problem() +
                     "': take a model that fits.");
    if (description.shape.dim != equation->piece()->mesh.dim)
      throw BadInput(where + "was trained in " +
                     std::to_string(description.shape.dim) +
                     "d, and this problem is " +
                     std::to_string(equation->piece()->mesh.dim) +
                     "d: take a model that fits.");
    for (const auto *const names :
         {&description.coefficients, &description.sources})
      if (components(equation->inputs(), *names) != *names)
        throw BadInput(where + "takes the inputs " + join(*names, ", ") +
                       ", which the problem does not have: the model was made "
                       "by another version; train it anew.");
    if (description.sources.size() != equation->output().n_components)
      throw BadInput(where + "was not trained for sources: generate samples "
                             "with a source that varies, and train it anew.");
    if (model->network->needs_equation())
      throw BadInput(where + "knows the matrix of its samples, which " + who +
                     " does not give to it: train one that does not.");
  }

  void OperatorOnEquation::take_mesh()
  {
    piece.reset();
    const std::shared_ptr<const MeshPiece> next = equation->piece();
    n_components = equation->output().n_components;
    is_constrained = equation->constrained_rows();
    sample = std::make_unique<GraphSample>();
    sample->graph = std::make_shared<Graph>(
        make_graph(*next, model->description.coarsest_size));
    batch.reset();
    const std::size_t n_nodes = next->n_owned();
    sample->sources.assign(n_nodes * n_components, 0.);
    sample->boundary_values.assign(n_nodes * n_components, 0.);
    sample->lift = sample->boundary_values;
    sample->robin_coefficients.assign(n_nodes, 0.);
    const MeshDescription &mesh = next->mesh;
    for (std::size_t b = 0; b < mesh.boundary_nodes.size(); ++b)
      if (std::size_t(mesh.boundary_nodes[b]) < n_nodes)
        sample->robin_coefficients[mesh.boundary_nodes[b]] =
            mesh.boundary_coefficients[b];
    const Mat mass = equation->mass_matrix();
    mass_solver = make_mass_solver(mass, 1e-6);
    NODAL_PETSC(MatCreateVecs(mass, load.put(), source.put()));
    piece = next;
  }

  std::vector<double>
  OperatorOnEquation::at_nodes(const std::vector<std::string> &names) const
  {
    const std::size_t n_nodes = piece->n_owned(), width = names.size();
    std::vector<double> result(n_nodes * width, 0.);
    std::size_t first = 0;
    for (const FieldDescription &field : equation->inputs())
    {
      if (std::find(names.begin(), names.end(), field.name) == names.end())
        continue;
      const std::vector<double> values = equation->input(field);
      const std::size_t n = field.n_components;
      for (std::size_t i = 0; i < n_nodes; ++i)
        for (std::size_t c = 0; c < n; ++c)
          result[i * width + first + c] = values[i * n + c];
      first += n;
    }
    return result;
  }

  void OperatorOnEquation::take_fields()
  {
    sample->coefficients = at_nodes(model->description.coefficients);
    if (batch)
      replace_coefficients(*batch, *sample);
    else
      batch = std::make_unique<GraphBatch>(
          make_batch({sample.get()},
                     model->network->all_weights().scalar_type(), torch::kCPU));
    const torch::NoGradGuard guard;
    batch->prepared = model->network->prepare(*batch);
  }

  void OperatorOnEquation::evaluate(const GraphBatch &input, const double scale,
                                    Vec x) const
  {
    const torch::NoGradGuard guard;
    const torch::Tensor answer =
        model->network->forward(input).to(torch::kFloat64).contiguous();
    const double *const values = answer.data_ptr<double>();
    const unsigned int n = n_components;
    double *entries = nullptr;
    NODAL_PETSC(VecGetArrayWrite(x, &entries));
    for (std::size_t i = 0; i < piece->place.size(); ++i)
      for (unsigned int c = 0; c < n; ++c)
      {
        const std::size_t row = piece->place[i] * n + c;
        entries[row] = is_constrained[row] ? 0. : scale * values[i * n + c];
      }
    NODAL_PETSC(VecRestoreArrayWrite(x, &entries));
  }

  void OperatorOnEquation::apply_to_load(Vec r, Vec z) const
  {
    NODAL_PETSC(VecCopy(r, load));
    double *entries = nullptr;
    NODAL_PETSC(VecGetArray(load, &entries));
    for (std::size_t row = 0; row < is_constrained.size(); ++row)
      if (is_constrained[row])
        entries[row] = 0;
    NODAL_PETSC(VecRestoreArray(load, &entries));
    NODAL_PETSC(KSPSolve(mass_solver, load, source));
    equation->follow(source);
    // The root mean square at nodes, as that of the normaliser.
    double norm = 0;
    PetscInt n_all = 0;
    NODAL_PETSC(VecNorm(source, NORM_2, &norm));
    NODAL_PETSC(VecGetSize(source, &n_all));
    const double usual = model->description.normalizer.source_scale[0],
                 size = norm / std::sqrt(double(n_all));
    if (!(size > 0))
    {
      NODAL_PETSC(VecSet(z, 0));
      return;
    }
    const unsigned int n = n_components;
    std::vector<double> values(piece->place.size() * n);
    const double *sources = nullptr;
    NODAL_PETSC(VecGetArrayRead(source, &sources));
    for (std::size_t i = 0; i < piece->place.size(); ++i)
      for (unsigned int c = 0; c < n; ++c)
        values[i * n + c] = usual / size * sources[piece->place[i] * n + c];
    NODAL_PETSC(VecRestoreArrayRead(source, &sources));
    batch->sources = as_tensor(values);
    batch->has_boundary_values = false;
    evaluate(*batch, size / usual, z);
  }

  torch::Tensor OperatorOnEquation::as_tensor(std::vector<double> &values) const
  {
    return torch::from_blob(
               values.data(),
               {std::int64_t(piece->place.size()), std::int64_t(n_components)},
               torch::kFloat64)
        .to(batch->volume.options(), /*non_blocking=*/false, /*copy=*/true);
  }

  void OperatorOnEquation::predict(Vec x) const
  {
    std::vector<double> sources = at_nodes(model->description.sources),
                        g = equation->boundary_values();
    GraphBatch input = *batch;
    input.sources = as_tensor(sources);
    int has_values = std::any_of(g.begin(), g.end(),
                                 [](const double value) { return value != 0; });
    MPI_Allreduce(MPI_IN_PLACE, &has_values, 1, MPI_INT, MPI_MAX,
                  piece->halo->comm);
    input.has_boundary_values = has_values;
    if (has_values)
    {
      std::vector<double> lift = shepard_lift(sample->graph->levels[0],
                                              piece->mesh.dim, g, n_components);
      input.boundary_values = as_tensor(g);
      input.lift = as_tensor(lift);
    }
    evaluate(input, 1, x);
  }

  void OperatorOnEquation::solve_constrained(Vec r, Vec z) const
  {
    const double *from = nullptr, *by = nullptr;
    double *to = nullptr;
    NODAL_PETSC(VecGetArrayRead(r, &from));
    NODAL_PETSC(VecGetArrayRead(diagonal, &by));
    NODAL_PETSC(VecGetArray(z, &to));
    for (std::size_t row = 0; row < is_constrained.size(); ++row)
      if (is_constrained[row])
        to[row] = from[row] / by[row];
    NODAL_PETSC(VecRestoreArray(z, &to));
    NODAL_PETSC(VecRestoreArrayRead(diagonal, &by));
    NODAL_PETSC(VecRestoreArrayRead(r, &from));
  }
} // namespace nodal
