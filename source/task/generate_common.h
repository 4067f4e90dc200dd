// SPDX-License-Identifier: LGPL-2.1-or-later
#ifndef nodal_source_task_generate_common_h
#define nodal_source_task_generate_common_h

#include <nodal/core/run.h>
#include <nodal/data/dataset.h>
#include <nodal/task/experiment.h>

#include <string>
#include <vector>

namespace nodal
{
  /// What is known of the data set of an experiment without its mesh.
  template <int dim>
  DatasetLayout describe_dataset(const Experiment<dim> &experiment,
                                 const Parameters &prm);

  /// The values of an input as the data set stores them, on rank 0 of the
  /// group; empty on other ranks. Collective over the group.
  template <int dim>
  std::vector<double> gather_input(const Numbering<dim> &numbering,
                                   const FieldDescription &field,
                                   const InputField<dim> &values);

  /// Full name of the data set that `Dataset/File` calls @p name.
  std::string dataset_path(const std::string &name, const Run &run);

  /// What to tell if there is data set @p file already.
  [[noreturn]] void refuse_existing_dataset(const std::string &file);

  /// Throws NumericalFailure if @p n_failed of @p n samples failed.
  void check_failures(unsigned int n_failed, unsigned int n);
} // namespace nodal

#endif
